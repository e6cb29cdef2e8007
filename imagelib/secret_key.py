"""The key that signs sessions and forms, where none is configured."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def secret_key(data_dir: Path) -> str:
    """Return the key kept in the data folder (0600), made by whichever process comes first.

    It has its name only when it is on disk. An empty file, of a power cut for instance, is none.
    """
    path = data_dir / "secret_key"
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _kept_key(path):
        with NamedTemporaryFile("w", dir=data_dir, prefix=".secret_key-") as draft:
            draft.write(secrets.token_urlsafe(50))
            draft.flush()
            os.fsync(draft.fileno())
            _remove_what_is_none(path)
            with suppress(FileExistsError):  # another process was first
                os.link(draft.name, path)
        folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)
    return path.read_text()


def _kept_key(path: Path) -> str:
    """Return the key in the file, or nothing. For what it had not written, a file system may give zeroes."""
    with suppress(FileNotFoundError):
        key = path.read_text()
        return key if key.strip("\0 \r\n") else ""
    return ""


def _remove_what_is_none(path: Path) -> None:
    """Remove a file without a key. Its lock keeps the others from removing the key that follows it."""
    with suppress(FileNotFoundError), path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()) and not _kept_key(path):
            path.unlink()
