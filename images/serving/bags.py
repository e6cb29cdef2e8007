"""Many files as one: a ZIP archive that is a bag, so that whoever unpacks it can check that all came through.

BagIt is RFC 8493. Pure: sees no model, no storage and no HTTP. The length is known before the first byte, and
what is in memory is what is said of the files, never their content: 1 kB for each.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import BinaryIO, Protocol

from zipstream import ZipStream

PIECE = 64 * 1024  # bytes that are read, and sent, at once
MAX_NAME = 200  # bytes of UTF-8: disks take 255, and below a long path some less
MAX_EXTENSION = 10  # characters after the last dot, which a shortened name keeps

UNSAFE = re.compile(r'[<>:"/\\|?*%]')  # to Windows, and of these % to readers of the manifest
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)", re.IGNORECASE)  # names of devices there


class File(Protocol):
    """Bytes that go into a bag: `hash` is their SHA-256 in hex, `size` their number."""

    @property
    def filename(self) -> str: ...

    @property
    def hash(self) -> str: ...

    @property
    def size(self) -> int: ...

    def open(self) -> BinaryIO: ...


class Bag:
    """The archive: `len()` in bytes, and once through its pieces. Each file is opened when it is its turn; of
    those `left_out` it has the names.

    Whatever opening or reading a file raises ends it, and so does RuntimeError where a file is of another
    size than it said.
    """

    def __init__(self, title: str, files: Sequence[File], left_out: Iterable[str] = ()):
        names = list(names_in_bag(file.filename for file in files))
        folder = safe_name(title)
        octets = sum(file.size for file in files)
        tags = {
            "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": (
                f"External-Description: {folder}\n"
                f"Bagging-Date: {datetime.now(UTC):%Y-%m-%d}\n"
                f"Payload-Oxum: {octets}.{len(files)}\n"
                + "".join(f"Left-Out: {safe_name(name)}\n" for name in left_out)
            ),
            "manifest-sha256.txt": "".join(
                f"{file.hash}  data/{name}\n" for file, name in zip(files, names, strict=True)
            ),
        }
        self._zip = ZipStream(sized=True)  # stored: images are compressed already
        for name, text in tags.items():
            self._zip.add(text, f"{folder}/{name}")
        for file, name in zip(files, names, strict=True):
            self._zip.add(_Content(file), f"{folder}/data/{name}", size=file.size)

    def __len__(self) -> int:
        return len(self._zip)

    def __iter__(self) -> Iterator[bytes]:
        pending = bytearray()
        for data in self._zip:
            pending += data
            if len(pending) >= PIECE:
                yield bytes(pending)
                pending.clear()
        yield bytes(pending)


class _Content:
    """What a file has, read when it is wanted."""

    __slots__ = ("_file",)

    def __init__(self, file: File):
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        with self._file.open() as opened:
            while data := opened.read(PIECE):
                yield data


def names_in_bag(filenames: Iterable[str]) -> Iterator[str]:
    """Yield a name for each file, by which every disk takes it, and all of them beside each other: some do
    not tell upper case from lower, nor the ways to write an accent.
    """
    taken = set[str]()
    numbers = dict[str, int]()  # that the last file of a name has
    for filename in filenames:
        name = safe_name(filename)
        for number in count(numbers.get(_key(name), 1)):
            numbered = _shortened(name, f" ({number})" if number > 1 else "")
            if _key(numbered) not in taken:
                break
        numbers[_key(name)] = number
        taken.add(_key(numbered))
        yield numbered


def safe_name(text: str) -> str:
    """Return `text` as a name that no disk refuses and no reader takes for a path; `image` for nothing."""
    text = "".join(
        "_" if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c
        for c in unicodedata.normalize("NFC", text)
    )
    text = UNSAFE.sub("_", text).strip(" .") or "image"
    return _shortened("_" + text if RESERVED.match(text) else text)


def _shortened(name: str, suffix: str = "") -> str:
    """Return `name` with `suffix` before its extension, no longer than MAX_NAME."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > MAX_EXTENSION:
        stem, dot, extension = name, "", ""
    room = MAX_NAME - len((suffix + dot + extension).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + suffix + dot + extension


def _key(name: str) -> str:
    """Return what is the same of two names that a disk may take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
