"""Room on the disks that uploads take. The last of it is not for them: sessions, the catalogue and the cache
go on writing when uploads are refused.
"""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from images.errors import NoRoom
from storage import get_storage

RESERVE = 256 * 2**20  # bytes of each disk, or a twentieth of a smaller one, that uploads leave

NEARLY_FULL = "The library's disk is nearly full, so it takes no uploads. Whoever runs it has to make room."


def require_room(size: int) -> None:
    """Raise NoRoom when a disk would have less than its reserve after an upload of `size` bytes."""
    if shortage(size):
        raise NoRoom(NEARLY_FULL)


@contextmanager
def full_disk_is_no_room() -> Iterator[None]:
    """Have the block that writes raise NoRoom where a disk becomes full meanwhile: others write too."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoom(NEARLY_FULL) from error


def shortage(size: int = 0) -> str:
    """Return which disk has no room for `size` bytes beside its reserve, in a sentence, or an empty one."""
    for what, folder in _folders():
        with suppress(FileNotFoundError):  # it is made when the first file comes
            disk = shutil.disk_usage(folder)
            if disk.free < size + min(RESERVE, disk.total // 20):
                return f"The disk of {what} is nearly full: uploads are refused."
    return ""


def _folders() -> Iterator[tuple[str, Path]]:
    yield "the data folder", settings.IMAGELIB_DATA_DIR
    yield "temporary files", Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    if folder := get_storage().folder():
        yield "the store", folder
