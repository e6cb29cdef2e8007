"""Keeps a folder of files within a number of bytes, however many processes fill it."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from io import FileIO
from itertools import islice
from pathlib import Path

from storage import figures

TOUCH_SECONDS = 60  # between two notes of a file's use
BATCH = 500  # names that are asked about at once
DRAFT = ".part"  # suffix of a file that is being written, under a lock


class Eviction:
    """Removes the least recently used files of `directory`, and drafts of killed processes.

    The folder is looked through when this process has added a 32nd of `max_bytes`, so it may exceed them by
    as much for each process. A removed file stays whole for every reader that has it open.
    """

    def __init__(self, directory: Path, max_bytes: int):
        self._directory, self._max_bytes = directory, max_bytes
        self._lock = threading.Lock()
        self._added = max_bytes  # so the first addition looks through the folder

    def touch(self, file: FileIO) -> None:
        """Note in its access time that `file` is in use. Its mtime is part of its identity and stays."""
        facts = os.fstat(file.fileno())
        if facts.st_atime < time.time() - TOUCH_SECONDS:
            with suppress(OSError):
                os.utime(file.fileno(), ns=(time.time_ns(), facts.st_mtime_ns))

    def added(self, size: int) -> None:
        """Count a new file of `size` bytes, and remove others when there are too many."""
        figures.ADDED_BYTES.inc(size)
        with self._lock:
            self._added += size
            if self._added <= self._max_bytes // 32:
                return
            self._added = 0
        self._shrink(lambda total: total - self._max_bytes * 7 // 8 if total > self._max_bytes else 0)

    def make_room(self, size: int) -> bool:
        """Remove files of at least `size` bytes in all, or of a 32nd of `max_bytes` when it is not known and
        0; return whether any was removed.
        """
        return self._shrink(lambda total: size or self._max_bytes // 32)

    def forget(self, wanted: Callable[[Sequence[str]], Set[str]], before: float) -> int:
        """Remove the files whose names `wanted` does not return of those it is asked about; return how many.

        Those written between `before`, in seconds, and now stay: the word of them may still be on its way.
        """
        removed = 0
        old = (path for _, _, path in self._files() if path.suffix != DRAFT and _is_older(path, before))
        while batch := list(islice(old, BATCH)):
            names = wanted([path.name for path in batch])
            for path in batch:
                if path.name not in names:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _shrink(self, surplus: Callable[[int], int]) -> bool:
        """Remove files, least recently used first, until `surplus(total)` bytes are gone."""
        files = sorted(self._files())
        left = surplus(sum(size for _, size, _ in files))
        removed = False
        for _, size, path in files:
            if left <= 0:
                break
            if path.suffix == DRAFT:
                continue
            path.unlink(missing_ok=True)
            figures.EVICTIONS.inc()
            figures.EVICTED_BYTES.inc(size)
            left -= size
            removed = True
        return removed

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Yield the last use in seconds, the size in bytes and the path of every file."""
        for folder, _, names in os.walk(self._directory):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    if path.suffix == DRAFT:
                        _remove_abandoned(path)
                    facts = path.stat()
                    yield facts.st_atime, facts.st_size, path


def _is_older(path: Path, before: float) -> bool:
    """Whether the file was written before then. One of the future is of a clock that was wrong."""
    with suppress(FileNotFoundError):
        return not before <= path.stat().st_mtime <= time.time()
    return False


def _remove_abandoned(draft: Path) -> None:
    """Remove `draft` unless a process holds its lock. The lock is held meanwhile: a process that waits for it
    looks then whether the draft is still in the folder. The file that was opened here may have got its final
    name since; then another's draft is in its place, and stays.
    """
    with draft.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if os.path.samestat(os.fstat(file.fileno()), draft.stat()):
            draft.unlink()
