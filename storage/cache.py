"""VerifiedCache: a bounded folder of verified objects in front of a slower store."""

import errno
import io
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from storage import figures
from storage.backend import ObjectReader, StorageBackend, StoredObject
from storage.bulkhead import Bulkhead
from storage.errors import CorruptObject, StorageUnavailable
from storage.eviction import DRAFT, Eviction
from storage.fetching import Fetch
from storage.keys import key_digest
from storage.verified import VerifiedFiles, reopened

logger = logging.getLogger("storage")

MAX_IN_MEMORY = 8 * 2**20  # bytes of an object that is verified in memory when the folder cannot take it
PROBE_BYTES = 4096  # a block: a full disk may still take an empty file


class VerifiedCache(StorageBackend):
    """Reads through `directory`; everything else goes to `origin`.

    An object is streamed into a draft file, hashed on the way, and published by rename only when its SHA-256
    is the one in its key, so no reader ever sees a byte that was not verified and a process may die anywhere.
    Fetches are single-flight: one per object at a time, over all threads and processes on the folder; the
    other callers wait for it. Least recently used files are removed to keep the folder within `max_bytes`;
    with 0 it keeps no file, yet everything is verified. Of the process's `threads` each may have a fetch, and
    half may wait for a silent origin. A folder that takes nothing makes it slower, not wrong: small objects
    are verified in memory then, others in the system's folder for temporary files.
    """

    def __init__(self, origin: StorageBackend, directory: Path, max_bytes: int, threads: int):
        self._origin = origin
        self._directory = Path(directory)
        self._files = VerifiedFiles()
        self._eviction = Eviction(self._directory, max_bytes)
        self._fetches: dict[str, Fetch] = {}
        self._bulkhead = Bulkhead(threads // 2)
        self._lock = threading.Lock()
        # Fetches run apart from their callers, so that a slow store holds no caller past the deadline.
        self._fetchers = ThreadPoolExecutor(threads, "fetch")

    def put(self, key: str, file: IO[bytes], content_type: str) -> None:
        self._origin.put(key, file, content_type)

    def open(self, key: str) -> BinaryIO:
        """Return the verified content as a seekable file. Raises CorruptObject too."""
        return self._opened(key, is_kept=True)

    def open_once(self, key: str) -> BinaryIO:
        return self._opened(key, is_kept=False)

    def _opened(self, key: str, *, is_kept: bool) -> BinaryIO:
        file = self._cached(key_digest(key))
        if file:
            figures.HITS.inc()
            return file
        figures.MISSES.inc()
        with self._joined(key, is_kept) as fetch:
            content = fetch.wait()
            if isinstance(content, bytes):
                return io.BytesIO(content)
            try:
                return reopened(content)
            except OSError as error:
                logger.error("a fetched file cannot be opened again: %s", error)
                raise StorageUnavailable("The object cannot be opened.") from None

    def open_unverified(self, key: str) -> ObjectReader:
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

    def forget_copies(self, wanted: Callable[[Sequence[str]], Set[str]], before: datetime) -> int:
        return self._eviction.forget(wanted, before.timestamp())

    def prepare(self) -> None:
        self._origin.prepare()

    def check(self) -> None:
        self._origin.check()

    def clock(self) -> datetime | None:
        return self._origin.clock()

    def folder(self) -> Path | None:
        return self._origin.folder()

    def degradation(self) -> str:
        """Try whether the folder takes a file: one process may not have met yet what another has."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._directory) as probe:
                probe.write(bytes(PROBE_BYTES))
        except OSError as error:
            return f"The cache folder takes nothing: {error.strerror}."
        return ""

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

    @contextmanager
    def _joined(self, key: str, is_kept: bool) -> Iterator[Fetch]:
        """Share the fetch of `key` under way, or one that starts here, for the length of the block."""
        with self._lock:
            fetch = self._fetches.get(key)
            if not fetch:
                fetch = self._fetches[key] = Fetch(self._bulkhead, is_kept)
                self._fetchers.submit(copy_context().run, self._run, key, fetch)  # for the log
            fetch.join()
        try:
            yield fetch
        finally:
            fetch.leave()

    def _run(self, key: str, fetch: Fetch) -> None:
        """Fetch the object and hand the outcome to every caller that waits for it."""
        try:
            fetch.check_deadline()  # it may have waited for its turn until nobody waits for it
            settle = partial(fetch.outcome.set_result, self._fetch(key, fetch))
        except BaseException as error:
            settle = partial(fetch.outcome.set_exception, error)
        with self._lock:
            del self._fetches[key]  # nobody joins any more
        settle()
        fetch.leave()

    def _fetch(self, key: str, fetch: Fetch) -> io.FileIO | bytes:
        fetch_to_disk = self._fetch_to_disk if fetch.is_kept else self._fetch_once
        try:
            return fetch_to_disk(key, fetch)
        except OSError as error:
            logger.warning("the cache folder takes nothing: %s", error)
            if error.errno == errno.ENOSPC and self._eviction.make_room(fetch.length):
                with suppress(OSError):
                    return fetch_to_disk(key, fetch)
        try:
            return self._fetch_nameless(key, fetch)
        except OSError as error:
            logger.error("the folder for temporary files takes nothing either: %s", error)
            raise StorageUnavailable("There is no disk space to verify the object in.") from None

    def _fetch_to_disk(self, key: str, fetch: Fetch) -> io.FileIO:
        """Return the object's file, of this fetch or another process's. Raises OSError for the folder's."""
        digest = key_digest(key)
        path = self._path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(DRAFT)
        with fetch.claimed(draft) as file:
            try:
                published = self._cached(digest)  # another process published it meanwhile
                if published:
                    draft.unlink()
                    return published
                file.truncate(0)  # the remains of a killed process
                with self._origin.open_unverified(key) as reader:
                    fetch.copy(reader, file, digest)
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

    def _fetch_once(self, key: str, fetch: Fetch) -> io.FileIO | bytes:
        """Return what is not kept. Raises OSError for the folder's."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._fetch_nameless(key, fetch, self._directory)

    def _fetch_nameless(self, key: str, fetch: Fetch, folder: Path | None = None) -> io.FileIO | bytes:
        """Return the content of a small object, or a file without a name in `folder`, the system's for
        temporary files when None. Raises OSError for the folder's.
        """
        digest = key_digest(key)
        with self._origin.open_unverified(key) as reader:
            if reader.length <= MAX_IN_MEMORY:
                content = io.BytesIO()
                fetch.copy(reader, content, digest)
                return content.getvalue()
            with tempfile.TemporaryFile(dir=folder) as file:
                fetch.copy(reader, file, digest)
                file.flush()
                return reopened(file)
