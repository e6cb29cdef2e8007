"""VerifiedCache: a bounded folder of verified objects in front of a slower store."""

import errno
import fcntl
import hashlib
import io
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from storage.backend import ObjectReader, StorageBackend, StoredObject, chunks_of
from storage.bulkhead import Crowd
from storage.errors import CorruptObject, StorageUnavailable
from storage.eviction import DRAFT, Eviction
from storage.keys import key_digest
from storage.verified import VerifiedFiles

logger = logging.getLogger("storage")

BASE_SECONDS = 15.0  # a fetch may take this long, and a second more for every MiB
IN_MEMORY = 8 * 2**20  # bytes; up to this an object is verified in memory when the folder cannot take it
POLL_SECONDS = 0.01  # between looks at another process's fetch
CHECK_SECONDS = 0.25  # between looks at whether waiting is any use


@dataclass
class _Flight:
    """A fetch under way in this process. Its result is an open file, or bytes when there was no disk."""

    crowd: Crowd = field(default_factory=Crowd)  # who waits for the store, for this object or another
    started: float = field(default_factory=time.monotonic)
    length: int = 0  # bytes, once known
    outcome: Future = field(default_factory=Future)

    @property
    def seconds_left(self) -> float:
        return self.started + BASE_SECONDS + self.length / 2**20 - time.monotonic()

    def check_deadline(self) -> None:
        if self.seconds_left <= 0:
            raise StorageUnavailable("The store took too long.")

    def wait(self) -> io.FileIO | bytes:
        """Return the outcome. Raises what the fetch raised, or StorageUnavailable if waiting is no use."""
        with self.crowd.joined():
            while not self.outcome.done():
                self.check_deadline()
                self.crowd.check()
                wait([self.outcome], CHECK_SECONDS)
        return self.outcome.result()


class VerifiedCache(StorageBackend):
    """Reads through `directory`; everything else goes to `origin`.

    An object is streamed into a temporary file, hashed on the way, and published by rename only when its
    SHA-256 is the one in its key, so no reader ever sees a byte that was not verified and a process may die
    anywhere. One fetch per object at a time, over all threads and processes on the folder; the others wait
    for it. Least recently used files are removed to keep the folder within `max_bytes`; with 0 it keeps
    nothing, yet everything is verified.
    """

    def __init__(self, origin: StorageBackend, directory: Path, max_bytes: int, max_fetches: int = 16):
        self._origin = origin
        self._directory = Path(directory)
        self._files = VerifiedFiles()
        self._eviction = Eviction(self._directory, max_bytes)
        self._flights: dict[str, _Flight] = {}
        self._crowd = Crowd()
        self._lock = threading.Lock()
        # Fetches run apart from their callers, so that no store, however slow, holds one past the deadline.
        self._fetchers = ThreadPoolExecutor(max_fetches, "fetch")

    def put(self, key: str, file: BinaryIO, content_type: str) -> None:
        self._origin.put(key, file, content_type)

    def open(self, key: str) -> BinaryIO:
        """Return the verified content as a seekable file. Raises CorruptObject too."""
        digest = key_digest(key)
        while True:
            file = self._cached(digest)
            if file:
                return file
            flight, is_mine = self._join(key)
            content = flight.wait()
            if isinstance(content, bytes):
                return io.BytesIO(content)
            if is_mine:
                return content
            # Another thread's fetch: its file is in the folder, unless it has been evicted already.

    def open_unverified(self, key: str) -> BinaryIO:
        return self._origin.open_unverified(key)

    def exists(self, key: str) -> bool:
        return self._origin.exists(key)

    def delete(self, key: str) -> None:
        self._origin.delete(key)
        with suppress(OSError):
            self._path(key_digest(key)).unlink()

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        return self._origin.list(prefix)

    def sweep(self, before: datetime) -> int:
        return self._origin.sweep(before)

    def prepare(self) -> None:
        self._origin.prepare()

    def check(self) -> None:
        self._origin.check()

    def _path(self, digest: str) -> Path:
        return self._directory / digest[:2] / digest

    def _cached(self, digest: str) -> io.FileIO | None:
        path = self._path(digest)
        try:
            file = self._files.open(path, digest)
        except CorruptObject:
            logger.error("removed a damaged file from the cache: %s", digest)
            path.unlink(missing_ok=True)
            return None
        except OSError:
            return None
        self._eviction.touch(file)
        return file

    def _join(self, key: str) -> tuple[_Flight, bool]:
        """Return the fetch of `key` under way, and whether it was started here."""
        with self._lock:
            flight = self._flights.get(key)
            if flight:
                return flight, False
            flight = self._flights[key] = _Flight(self._crowd)
        self._fetchers.submit(self._fly, key, flight)
        return flight, True

    def _fly(self, key: str, flight: _Flight) -> None:
        try:
            content = self._fetch(key, flight)
        except BaseException as error:
            del self._flights[key]
            flight.outcome.set_exception(error)
        else:
            del self._flights[key]
            flight.outcome.set_result(content)

    def _fetch(self, key: str, flight: _Flight) -> io.FileIO | bytes:
        try:
            return self._fetch_to_disk(key, flight)
        except OSError as error:
            logger.warning("the cache folder takes nothing: %s", error)
            if error.errno == errno.ENOSPC and self._eviction.make_room(flight.length):
                with suppress(OSError):
                    return self._fetch_to_disk(key, flight)
        return self._fetch_to_memory(key, flight)

    def _fetch_to_disk(self, key: str, flight: _Flight) -> io.FileIO:
        """Return the object's file, of this fetch or another process's. Raises OSError for the folder's."""
        digest = key_digest(key)
        path = self._path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(DRAFT)
        with _claimed(draft, flight) as file:
            try:
                published = self._cached(digest)  # by another process, while this one waited
                if published:
                    draft.unlink()
                    return published
                file.truncate(0)  # what a killed process left
                with self._origin.open(key) as reader:
                    _copy(reader, file, digest, flight)
                file.flush()
                published = io.FileIO(draft)  # before anyone can evict it
                if not os.path.samestat(os.fstat(published.fileno()), os.fstat(file.fileno())):
                    raise OSError("the draft is another's")
                os.replace(draft, path)
            except BaseException:  # whatever ended the fetch, no half file stays
                draft.unlink(missing_ok=True)
                raise
        self._files.trust(published, digest)
        self._eviction.added(flight.length)
        return published

    def _fetch_to_memory(self, key: str, flight: _Flight) -> bytes:
        content = io.BytesIO()
        with self._origin.open(key) as reader:
            if reader.length > IN_MEMORY:
                raise StorageUnavailable("There is no disk space to verify the object in.")
            _copy(reader, content, key_digest(key), flight)
        return content.getvalue()


def _copy(reader: ObjectReader, sink: BinaryIO, digest: str, flight: _Flight) -> None:
    """Write all of `reader` to `sink`. Raises CorruptObject when its SHA-256 is not `digest`."""
    flight.length = reader.length
    sha256 = hashlib.sha256()
    for chunk in chunks_of(reader):
        flight.check_deadline()
        flight.crowd.heard()
        sha256.update(chunk)
        sink.write(chunk)
    if sha256.hexdigest() != digest:
        raise CorruptObject(f"The object of {digest} has another digest.")


@contextmanager
def _claimed(draft: Path, flight: _Flight) -> Iterator[BinaryIO]:
    """Hold the file at `draft`, new or left by a killed process, locked against every other fetch of it."""
    while True:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            while not _try_lock(file):
                # It grows as its owner fetches, and its size is what its owner may take longer for.
                size = os.fstat(file.fileno()).st_size
                if size > flight.length:
                    flight.length = size
                    flight.crowd.heard()
                flight.check_deadline()
                time.sleep(POLL_SECONDS)
            if _is_at(file, draft):
                yield file
                return
        # Its owner published or dropped it while we waited: claim what is there now.


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
