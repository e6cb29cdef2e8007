"""The form of a manifest: lines of JSON, all but the first and the last of them packed.

The first names format, version and time. Then comes one for each image, tombstone, group and person, in one
stream of gzip. The last counts the line feeds before it, and carries the SHA-256 of all bytes before it.

Earlier versions are read. They read no later one: a pruning that does not know what a manifest says deletes
what was lost. For them the first line and the last are plain, so that they say which version it is.

1 nothing packed, no tombstones: a restoration that passes over those could bring purged images back
2 nothing packed
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any, NamedTuple

from images.errors import NotAManifest
from storage.backend import CHUNK_SIZE, chunks_of

FORMAT, VERSION = "imagelib manifest", 3
PACKED_SINCE = 3
GZIP = zlib.MAX_WBITS | 16
LEVEL = 6  # of nine: a million images are packed in half a minute, to an eighth


class _Writer:
    """Writes to `file`, and knows what its last line has to say."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self.sha256, self.lines = hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.sha256.update(data)
        self.lines += data.count(b"\n")


def write(file: IO[bytes], entries: Iterable[dict[str, Any]]) -> str:
    """Write a manifest of `entries`, the first of which is its first line, to `file`; return the SHA-256 of
    all of it, in hex.
    """
    writer, stream = _Writer(file), zlib.compressobj(LEVEL, wbits=GZIP)
    for number, entry in enumerate(entries):
        line = _encode(entry)
        writer.write(stream.compress(line) if number else line)
    writer.write(stream.flush() + b"\n")
    writer.write(_encode({"kind": "end", "lines": writer.lines, "sha256": writer.sha256.hexdigest()}))
    return writer.sha256.hexdigest()


def _encode(entry: dict[str, Any]) -> bytes:
    def as_text(value: Any) -> str:  # DjangoJSONEncoder would cut microseconds off
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return json.dumps(entry, default=as_text).encode() + b"\n"


class Facts(NamedTuple):
    """When the manifest was begun, how many entries it has, the first line among them, and its version."""

    created_at: datetime
    lines: int
    version: int

    @property
    def has_tombstones(self) -> bool:
        """Whether it says what had been purged."""
        return self.version > 1


def check(file: IO[bytes]) -> Facts:
    """Read all of `file`. Raises NotAManifest unless it is a whole manifest of a version known here."""
    sha256, lines, first, last = hashlib.sha256(), 0, b"", b""
    file.seek(0)
    for line in file:
        if last:
            sha256.update(last)
            lines += 1
        first, last = first or line, line
    try:
        head, end = json.loads(first), json.loads(last)
    except ValueError:
        head = end = None
    if end != {"kind": "end", "lines": lines, "sha256": sha256.hexdigest()} or head.get("format") != FORMAT:
        raise NotAManifest("This is no manifest, or not a whole one.")
    if head["version"] not in range(1, VERSION + 1):
        raise NotAManifest(
            f"This is a manifest of version {head['version']}; up to version {VERSION} they are known here."
        )
    if head["version"] >= PACKED_SINCE:
        lines = sum(1 for _ in _lines(file))
    return Facts(datetime.fromisoformat(head["created_at"]), lines, head["version"])


def entries(file: IO[bytes], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of one kind of a manifest that was checked: image, library, tag, album, favourite,
    change, purged, group or user.
    """
    mark = f'"kind": "{kind}"'.encode()  # as it was always written: few lines are read in vain
    for line in _lines(file):
        if mark in line and (entry := json.loads(line))["kind"] == kind:
            yield entry


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines, unpacked. Raises NotAManifest when what is packed has no end."""
    file.seek(0)
    head = file.readline()
    yield head
    if json.loads(head)["version"] < PACKED_SINCE:
        yield from file
        return
    stream, rest = zlib.decompressobj(GZIP), b""
    try:
        for chunk in chunks_of(file):
            while chunk and not stream.eof:
                *lines, rest = (rest + stream.decompress(chunk, CHUNK_SIZE)).split(b"\n")
                yield from lines
                chunk = stream.unconsumed_tail
    except zlib.error:
        pass
    if not stream.eof:
        raise NotAManifest("This is no manifest, or not a whole one.")
