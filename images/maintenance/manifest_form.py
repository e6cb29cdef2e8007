"""The form of a manifest: one file of JSON lines.

The first names format, version and time; then one for each image, tombstone, group and person; the last
counts them and carries the SHA-256 of all lines before it.

Version 1 had no tombstones and is still read. It does not read version 2: a restoration that passes over
tombstones could bring purged images back, and a pruning that does not know them deletes what was lost.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any, NamedTuple

from images.errors import NotAManifest

FORMAT, VERSION = "imagelib manifest", 2


def write(file: IO[bytes], entries: Iterable[dict[str, Any]]) -> str:
    """Write a manifest of `entries` to `file`; return the SHA-256 of all of it, in hex."""
    sha256, lines = hashlib.sha256(), 0
    for entry in entries:
        line = _encode(entry)
        sha256.update(line)
        file.write(line)
        lines += 1
    last = _encode({"kind": "end", "lines": lines, "sha256": sha256.hexdigest()})
    file.write(last)
    sha256.update(last)
    return sha256.hexdigest()


def _encode(entry: dict[str, Any]) -> bytes:
    def as_text(value: Any) -> str:  # DjangoJSONEncoder would cut microseconds off
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return json.dumps(entry, default=as_text).encode() + b"\n"


class Facts(NamedTuple):
    """When the manifest was begun, how many lines it has before the last, and its version."""

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
    return Facts(datetime.fromisoformat(head["created_at"]), lines, head["version"])


def entries(file: IO[bytes], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of one kind (image, purged, group, user) of a manifest that was checked."""
    file.seek(0)
    for line in file:
        entry = json.loads(line)
        if entry["kind"] == kind:
            yield entry
