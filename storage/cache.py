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
from storage.bulkhead import Bulkhead
from storage.errors import CorruptObject, StorageUnavailable
from storage.eviction import DRAFT, Eviction
from storage.keys import key_digest
from storage.verified import VerifiedFiles

logger = logging.getLogger("storage")

BASE_SECONDS = 15.0  # in which a fetch must end; each MiB of the object adds a second
MAX_IN_MEMORY = 8 * 2**20  # bytes of an object that is verified in memory when the folder cannot take it
POLL_SECONDS = 0.01  # between looks at another process's fetch
CHECK_SECONDS = 0.25  # between looks at whether waiting is any use


@dataclass
class _Fetch:
    """A fetch under way in this process. Its outcome is an open file, or bytes when no disk took them."""

    bulkhead: Bulkhead = field(default_factory=Bulkhead)  # of all fetches from the store
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
        """Return the outcome. Raises the error of the fetch, or StorageUnavailable if waiting is no use."""
        with self.bulkhead.waiting():
            while not self.outcome.done():
                self.check_deadline()
                self.bulkhead.check()
                wait([self.outcome], CHECK_SECONDS)
        return self.outcome.result()


class VerifiedCache(StorageBackend):
    """Reads through `directory`; everything else goes to `origin`.

    An object is streamed into a draft file, hashed on the way, and published by rename only when its SHA-256
    is the one in its key, so no reader ever sees a byte that was not verified and a process may die anywhere.
    Fetches are single-flight: one per object at a time, over all threads and processes on the folder; the
    other callers wait for it. Least recently used files are removed to keep the folder within `max_bytes`;
    with 0 it keeps no file, yet everything is verified.
    """

    def __init__(self, origin: StorageBackend, directory: Path, max_bytes: int, max_fetches: int = 16):
        self._origin = origin
        self._directory = Path(directory)
        self._files = VerifiedFiles()
        self._eviction = Eviction(self._directory, max_bytes)
        self._fetches: dict[str, _Fetch] = {}
        self._bulkhead = Bulkhead()
        self._lock = threading.Lock()
        # Fetches run apart from their callers, so that a slow store holds no caller past the deadline.
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
            fetch, is_mine = self._join(key)
            content = fetch.wait()
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

    def _join(self, key: str) -> tuple[_Fetch, bool]:
        """Return the fetch of `key` under way, and whether it was started here."""
        with self._lock:
            fetch = self._fetches.get(key)
            if fetch:
                return fetch, False
            fetch = self._fetches[key] = _Fetch(self._bulkhead)
        self._fetchers.submit(self._run, key, fetch)
        return fetch, True

    def _run(self, key: str, fetch: _Fetch) -> None:
        """Fetch the object and hand the outcome to every caller that waits for it."""
        try:
            content = self._fetch(key, fetch)
        except BaseException as error:
            del self._fetches[key]
            fetch.outcome.set_exception(error)
        else:
            del self._fetches[key]
            fetch.outcome.set_result(content)

    def _fetch(self, key: str, fetch: _Fetch) -> io.FileIO | bytes:
        try:
            return self._fetch_to_disk(key, fetch)
        except OSError as error:
            logger.warning("the cache folder takes nothing: %s", error)
            if error.errno == errno.ENOSPC and self._eviction.make_room(fetch.length):
                with suppress(OSError):
                    return self._fetch_to_disk(key, fetch)
        return self._fetch_to_memory(key, fetch)

    def _fetch_to_disk(self, key: str, fetch: _Fetch) -> io.FileIO:
        """Return the object's file, of this fetch or another process's. Raises OSError for the folder's."""
        digest = key_digest(key)
        path = self._path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(DRAFT)
        with _claimed(draft, fetch) as file:
            try:
                published = self._cached(digest)  # another process published it meanwhile
                if published:
                    draft.unlink()
                    return published
                file.truncate(0)  # the remains of a killed process
                with self._origin.open(key) as reader:
                    _copy(reader, file, digest, fetch)
                file.flush()
                published = io.FileIO(draft)  # before anyone can evict it
                if not os.path.samestat(os.fstat(published.fileno()), os.fstat(file.fileno())):
                    raise OSError("the draft is another's")
                os.replace(draft, path)
            except BaseException:  # whatever ended the fetch, no half file stays
                draft.unlink(missing_ok=True)
                raise
        self._files.trust(published, digest)
        self._eviction.added(fetch.length)
        return published

    def _fetch_to_memory(self, key: str, fetch: _Fetch) -> bytes:
        content = io.BytesIO()
        with self._origin.open(key) as reader:
            if reader.length > MAX_IN_MEMORY:
                raise StorageUnavailable("There is no disk space to verify the object in.")
            _copy(reader, content, key_digest(key), fetch)
        return content.getvalue()


def _copy(reader: ObjectReader, sink: BinaryIO, digest: str, fetch: _Fetch) -> None:
    """Write all of `reader` to `sink`. Raises CorruptObject when its SHA-256 is not `digest`."""
    fetch.length = reader.length
    sha256 = hashlib.sha256()
    for chunk in chunks_of(reader):
        fetch.check_deadline()
        fetch.bulkhead.received()
        sha256.update(chunk)
        sink.write(chunk)
    if sha256.hexdigest() != digest:
        raise CorruptObject(f"The object of {digest} has another digest.")


@contextmanager
def _claimed(draft: Path, fetch: _Fetch) -> Iterator[BinaryIO]:
    """Hold the file at `draft`, new or left by a killed process, locked against every other fetch of it."""
    while True:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            while not _try_lock(file):
                # It grows as its owner fetches, and its size lengthens the deadline.
                size = os.fstat(file.fileno()).st_size
                if size > fetch.length:
                    fetch.length = size
                    fetch.bulkhead.received()
                fetch.check_deadline()
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
