"""The storage interface: keys and bytes. It knows nothing of images, users, URLs or HTTP."""

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from storage.errors import StorageUnavailable

CHUNK_SIZE = 256 * 1024


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of `file` piece by piece."""
    return iter(partial(file.read, CHUNK_SIZE), b"")


@dataclass(frozen=True)
class StoredObject:
    """One entry of a listing: `size` in bytes, `modified` in UTC."""

    key: str
    size: int
    modified: datetime


class ObjectReader(io.RawIOBase, BinaryIO):
    """The content of one object, `length` bytes read once from start to end; the caller closes it.

    One `read` waits for one piece at most and may return less than asked, so a reader can keep a deadline
    against a store that drips. Raises StorageUnavailable when the store fails midway or the content ends
    short of its `length`.
    """

    def __init__(self, read: Callable[[int], bytes], close: Callable[[], None], length: int):
        self._read = read
        self._close = close
        self.length = length
        self._received = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.readall() if size < 0 else self._receive(size)

    def readall(self) -> bytes:
        return b"".join(iter(partial(self._receive, CHUNK_SIZE), b""))

    def close(self) -> None:
        if not self.closed:
            self._close()
        super().close()

    def _receive(self, size: int) -> bytes:
        if self.closed:
            raise ValueError("read of a closed object")
        piece = self._read(size)
        self._received += len(piece)
        if size and not piece and self._received != self.length:
            raise StorageUnavailable(f"The object broke off after {self._received} of {self.length} bytes.")
        return piece


class StorageBackend(ABC):
    """A private store of objects that never change: the digest in a key is the digest of its content.

    Every method that takes a key raises InvalidKey for any other string, and every method raises
    StorageUnavailable when the store cannot answer; a refusal is never taken for absence. Threads may share
    a backend. An object has no URL: only the application reads it.
    """

    @abstractmethod
    def put(self, key: str, file: IO[bytes], content_type: str) -> None:
        """Store all of the seekable `file`, which stays open; on return the object is durable and whole.

        Storing a key again repairs it. Raises CorruptObject, with nothing stored, when the content has
        another digest than its key or is altered on the way.
        """

    @abstractmethod
    def open(self, key: str) -> BinaryIO:
        """Return a reader of the object's content, for the caller to close. Raises ObjectNotFound."""

    def get(self, key: str) -> bytes:
        """Return object content as bytes. Raises ObjectNotFound."""
        with self.open(key) as reader:
            return reader.read()

    def open_once(self, key: str) -> BinaryIO:
        """Return a reader as `open` does, of what will hardly be asked for again soon: nothing is kept of it,
        so that a download of very many pushes nothing out that others ask for. Raises ObjectNotFound.
        """
        return self.open(key)

    @abstractmethod
    def open_unverified(self, key: str) -> ObjectReader:
        """Return a reader of the bytes that the store holds now, neither cached nor verified: the caller
        verifies them, and closes the reader. Raises ObjectNotFound.
        """

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Return whether an object is stored under the key."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove the object. Deleting an absent one succeeds."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Yield the objects whose key starts with `prefix`, in key order. Other names are left out."""

    def sweep(self, before: datetime) -> int:
        """Remove the remains of writes begun before then and never finished; return their number."""
        return 0

    def forget_copies(self, wanted: Callable[[Sequence[str]], Set[str]], before: datetime) -> int:
        """Remove what this machine keeps of objects beside the store; return the number of files. Those made
        since `before` stay, and those whose digest `wanted` returns of the digests it is asked about.

        No object is removed. Whatever `wanted` raises ends it.
        """
        return 0

    @abstractmethod
    def prepare(self) -> None:
        """Make the folder or bucket when there is none. No other method makes it, so a store that goes
        missing after the first run is an error instead of an empty library.
        """

    @abstractmethod
    def check(self) -> None:
        """Return when the store answers. The question costs one round trip."""

    def clock(self) -> datetime | None:
        """Check as `check` does, and return the time by the store's own clock, give or take a second; None
        when it has none, or does not tell.
        """
        self.check()
        return None

    def folder(self) -> Path | None:
        """Return the folder that has the objects, or None when they are on no disk of this machine."""
        return None

    def degradation(self) -> str:
        """Return why not all works as it should although the store answers, in a sentence that names no
        place; an empty text when all does.
        """
        return ""
