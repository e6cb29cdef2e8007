"""Files that are opened only when their content has the digest in their key."""

import hashlib
import os
from io import FileIO
from pathlib import Path
from typing import IO

from storage.errors import CorruptObject

_REMEMBERED = 100_000  # files; about 30 MB in a process that has opened as many


# The digest, and what tells a file from another: device, inode, size, mtime.
Identity = tuple[str, int, int, int, int]


def reopened(file: IO[bytes]) -> FileIO:
    """Return `file` once more, unbuffered, at its start and with a position of its own, for the caller to
    close. It may have lost its name. Raises OSError.
    """
    return FileIO(f"/proc/self/fd/{file.fileno()}")


class VerifiedFiles:
    """Hashes a file when it is first opened, and again only when it is another file by inode, size or mtime.

    So the next process that opens a file finds damage done to it at rest, and no process hands out a byte of
    a file that it has not hashed.
    """

    def __init__(self) -> None:
        self._known: set[Identity] = set()

    def open(self, path: Path, digest: str) -> FileIO:
        """Return the file at `path`, unbuffered, at its start, for the caller to close.

        Raises CorruptObject when its SHA-256 is not `digest`, and OSError.
        """
        file = FileIO(path)
        try:
            if self._identity(file, digest) not in self._known:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise CorruptObject(f"The file kept for {digest} has another digest.")
                file.seek(0)
                self.trust(file, digest)
        except BaseException:  # the caller has no file to close
            file.close()
            raise
        return file

    def trust(self, file: FileIO, digest: str) -> None:
        """Remember that the content of `file` has this digest: the caller has just hashed it."""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add(self._identity(file, digest))

    @staticmethod
    def _identity(file: FileIO, digest: str) -> Identity:
        facts = os.fstat(file.fileno())
        return digest, facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
