"""Keys and bytes: where the content of images is kept. `get_storage()` is the way in."""

import functools
import os

from storage.backend import StorageBackend


@functools.cache
def get_storage() -> StorageBackend:
    """Return the backend that the settings ask for, one per process.

    Tests that change the settings call `get_storage.cache_clear()`.
    """
    from django.conf import settings

    if settings.IMAGELIB_STORAGE == "s3":
        from storage.cache import VerifiedCache
        from storage.s3_backend import S3StorageBackend  # imports boto3, which is slow

        return VerifiedCache(
            S3StorageBackend(**settings.IMAGELIB_S3),
            settings.IMAGELIB_DATA_DIR / "cache",
            settings.IMAGELIB_CACHE_MAX_BYTES,
            threads=settings.IMAGELIB_THREADS,
        )

    from storage.local_backend import LocalStorageBackend

    return LocalStorageBackend(settings.IMAGELIB_DATA_DIR / "objects")


os.register_at_fork(after_in_child=get_storage.cache_clear)  # connections are not shared across a fork
