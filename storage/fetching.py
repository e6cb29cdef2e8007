"""One fetch of an object from the store: its deadline, its draft file, and the callers that wait for it."""

import fcntl
import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from storage.backend import ObjectReader, chunks_of
from storage.bulkhead import Bulkhead
from storage.deadline import Deadline
from storage.errors import CorruptObject, StorageUnavailable

POLL_SECONDS = 0.01  # between looks at another process's fetch
CHECK_SECONDS = 0.25  # between looks at whether waiting is any use


@dataclass
class Fetch:
    """A fetch under way in this process. Its outcome is an open file, or bytes when no disk took them.

    It holds its file open for those that share it, who open it once more for themselves: by its name they
    might not find it again. The last to leave closes it.
    """

    bulkhead: Bulkhead  # of all fetches from the store
    is_kept: bool = True  # what it fetches, for the next who asks
    deadline: Deadline = field(default_factory=Deadline)
    length: int = 0  # bytes, as the store announced them
    outcome: Future[io.FileIO | bytes] = field(default_factory=Future)
    _holders: int = 1  # the callers, and the fetch itself until it is over
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def join(self) -> None:
        """Count one who shares the outcome, and who leaves in the end."""
        with self._lock:
            self._holders += 1

    def leave(self) -> None:
        """Close the file unless others share it still."""
        with self._lock:
            self._holders -= 1
            if self._holders or self.outcome.exception():
                return
        content = self.outcome.result()
        if isinstance(content, io.FileIO):
            content.close()

    def check_deadline(self) -> None:
        if self.deadline.seconds_left <= 0:
            raise StorageUnavailable("The store took too long.")

    def received(self, size: int) -> None:
        """Note that the store has sent so many bytes more."""
        self.bulkhead.received()
        self.deadline.extend(size)

    def wait(self) -> io.FileIO | bytes:
        """Return the outcome. Raises the error of the fetch, or StorageUnavailable if waiting is no use."""
        with self.bulkhead.waiting():
            while not self.outcome.done():
                self.check_deadline()
                self.bulkhead.check()
                wait([self.outcome], CHECK_SECONDS)
        return self.outcome.result()

    def copy(self, reader: ObjectReader, sink: BinaryIO, digest: str) -> None:
        """Write all of `reader` to `sink`. Raises CorruptObject when its SHA-256 is not `digest`."""
        self.length = reader.length
        sha256 = hashlib.sha256()
        for chunk in chunks_of(reader):
            self.received(len(chunk))
            sha256.update(chunk)
            sink.write(chunk)
        if sha256.hexdigest() != digest:
            raise CorruptObject(f"The object of {digest} has another digest.")

    @contextmanager
    def claimed(self, draft: Path) -> Iterator[BinaryIO]:
        """Hold the file at `draft`, new or of a killed process, locked against every other fetch of it."""
        seen = 0
        while True:
            with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                while not _try_lock(file):
                    # It grows as its owner fetches, and its size lengthens the deadline.
                    size = os.fstat(file.fileno()).st_size
                    if size > seen:
                        self.received(size - seen)
                        seen = size
                    self.check_deadline()
                    time.sleep(POLL_SECONDS)
                if _is_at(file, draft):
                    yield file
                    return
            # Its owner published or dropped it meanwhile: claim the file that is there now.


def _try_lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
