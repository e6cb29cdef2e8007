"""Manifests of every version: read whole, and written as earlier versions did."""

import gzip
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path

from images.errors import NotAManifest
from images.maintenance import manifest_form


def text_of(path: Path) -> str:
    """Return all lines of the manifest at `path` but its last, unpacked."""
    head, packed = path.read_bytes().split(b"\n", 1)
    return (head + b"\n" + gzip.decompress(packed[: packed.rindex(b"\n", 0, -1)])).decode()


def entries_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in text_of(path).splitlines()]


def packed(entries: Iterable[dict]) -> bytes:
    """Return a manifest as today's version writes it."""
    file = io.BytesIO()
    manifest_form.write(file, entries)
    return file.getvalue()


def plain(entries: Iterable[dict]) -> bytes:
    """Return a manifest as versions 1 and 2 wrote it."""
    lines = b"".join(json.dumps(entry, default=str).encode() + b"\n" for entry in entries)
    return lines + end_of(lines)


def end_of(lines: bytes) -> bytes:
    """Return the last line of a manifest with these."""
    facts = {"lines": lines.count(b"\n"), "sha256": hashlib.sha256(lines).hexdigest()}
    return json.dumps({"kind": "end"} | facts).encode() + b"\n"


def check_as_version_2(file: io.BytesIO) -> None:
    """Do what the code of version 2 did with any manifest."""
    sha256, lines, first, last = hashlib.sha256(), 0, b"", b""
    for line in file:
        if last:
            sha256.update(last)
            lines += 1
        first, last = first or line, line
    try:
        head, end = json.loads(first), json.loads(last)
    except ValueError:
        head = end = None
    if end != {"kind": "end", "lines": lines, "sha256": sha256.hexdigest()}:
        raise NotAManifest("This is no manifest, or not a whole one.")
    if head["version"] not in (1, 2):
        raise NotAManifest(
            f"This is a manifest of version {head['version']}; up to version 2 they are known here."
        )
