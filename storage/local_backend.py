"""Objects as files in a private folder: the embedded default."""

import errno
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import IO, BinaryIO

from storage import figures
from storage.backend import ObjectReader, StorageBackend, StoredObject, chunks_of
from storage.errors import CorruptObject, ObjectNotFound, StorageFull, StorageUnavailable
from storage.keys import FOLDERS, is_key, key_digest, split_key
from storage.verified import VerifiedFiles

logger = logging.getLogger("storage")


class LocalStorageBackend(StorageBackend):
    """Keeps the object `<folder>/<name>` in `<root>/<folder>/ab/cd/<name>`, after the first four
    characters of the name. Originals have no folder.

    A file gets its name only when all of it is on disk. Until then it is in `<root>/tmp`, which also tells
    a prepared root from an empty mount point: without that folder, no object is reported absent.
    """

    def __init__(self, root: Path):
        self._root = Path(root)
        self._tmp = self._root / "tmp"
        self._files = VerifiedFiles()

    def put(self, key: str, file: IO[bytes], content_type: str) -> None:
        path = self._path(key)
        file.seek(0)
        with _translated(f"put {key}"):
            with tempfile.NamedTemporaryFile(dir=self._tmp, delete=False) as draft:
                try:
                    sha256 = hashlib.sha256()
                    for chunk in chunks_of(file):
                        sha256.update(chunk)
                        draft.write(chunk)
                    if sha256.hexdigest() != key_digest(key):
                        raise CorruptObject(f"The content put under {key} has another digest.")
                    draft.flush()
                    os.fsync(draft.fileno())
                    _make_folder(path.parent)
                    os.replace(draft.name, path)
                finally:
                    Path(draft.name).unlink(missing_ok=True)
            _sync_folder(path.parent)

    def open(self, key: str) -> BinaryIO:
        """Return the object's file, seekable. Raises CorruptObject when it has another digest."""
        path = self._path(key)
        with self._finding(key):
            return self._files.open(path, key_digest(key))

    def open_unverified(self, key: str) -> ObjectReader:
        path = self._path(key)
        with self._finding(key):
            file = FileIO(path)

        def read(size: int) -> bytes:
            with _translated(f"read {key}"):
                return file.read(size)

        return ObjectReader(read, file.close, os.fstat(file.fileno()).st_size)

    def exists(self, key: str) -> bool:
        path = self._path(key)
        with _translated(f"exists {key}"):
            try:
                path.stat()
            except FileNotFoundError:
                self.check()
                return False
        return True

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _translated(f"delete {key}"):
            try:
                path.unlink()
            except FileNotFoundError:
                self.check()

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        folder, _ = split_key(prefix)
        with _translated(f"list {prefix}"):
            self.check()
            if folder not in FOLDERS or not (self._root / folder).is_dir():
                return
            for path in _walk(self._root / folder):
                *shards, name = path.relative_to(self._root).parts
                key = "/".join([*shards[:-2], name])
                if not (key.startswith(prefix) and is_key(key) and path == self._path(key)):
                    continue
                try:
                    facts = path.stat()
                except FileNotFoundError:  # deleted since
                    continue
                yield StoredObject(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def sweep(self, before: datetime) -> int:
        removed = 0
        with _translated("sweep"), os.scandir(self._tmp) as drafts:
            for draft in drafts:
                with suppress(FileNotFoundError):  # it has become an object since
                    if draft.stat().st_mtime < before.timestamp():
                        os.unlink(draft)
                        removed += 1
        return removed

    def prepare(self) -> None:
        with _translated("prepare"):
            _make_folder(self._tmp)
        self.check()

    def folder(self) -> Path | None:
        return self._root

    def check(self) -> None:
        with _translated("check"):
            os.scandir(self._tmp).close()

    @contextmanager
    def _finding(self, key: str) -> Iterator[None]:
        """Turn a missing file into ObjectNotFound, provided that the store itself is there."""
        with _translated(f"open {key}"):
            try:
                yield
            except FileNotFoundError:
                self.check()
                raise ObjectNotFound(f"There is no object {key}.") from None

    def _path(self, key: str) -> Path:
        key_digest(key)
        folder, name = split_key(key)
        return self._root / folder / name[:2] / name[2:4] / name


@contextmanager
def _translated(action: str) -> Iterator[None]:
    """Turn an OSError into StorageUnavailable, or StorageFull. Its text names folders, so it only goes to the
    log.
    """
    try:
        yield
    except OSError as error:
        figures.ERRORS.labels(figures.verb(action)).inc()
        logger.error("%s: %s", action, error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The store has no room left.") from None
        raise StorageUnavailable("The store cannot be used now.") from None


def _walk(root: Path) -> Iterator[Path]:
    """Yield every file below `root`, names in order. Raises OSError for a folder that cannot be read."""

    def refuse(error: OSError) -> None:
        raise error

    for folder, subfolders, names in os.walk(root, onerror=refuse):
        subfolders.sort()
        for name in sorted(names):
            yield Path(folder, name)


def _make_folder(folder: Path) -> None:
    """Make `folder` and its missing parents, private and durable."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Return when the names in `folder` are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
