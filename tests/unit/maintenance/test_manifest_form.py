"""maintenance/manifest_form.py: a stream, packed, whole or not at all, in three versions."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

import pytest

from images.errors import NotAManifest
from images.maintenance.manifest_form import FORMAT, VERSION, check, entries, write
from tests.resilience.manifests import check_as_version_2, end_of, packed, plain

MANY = 20_000
FLAT = 3_000_000  # bytes, whatever the number of entries


def head(version: int = VERSION) -> dict:
    created_at = "2026-11-23T10:20:30.123456+00:00"
    return {"kind": "manifest", "format": FORMAT, "version": version, "created_at": created_at}


def images(count: int) -> Iterator[dict]:
    return ({"kind": "image", "hash": f"{number:064}", "title": "São Tomé " * 50} for number in range(count))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_what_was_written_is_read(version):
    said = [head(version), *images(3), {"kind": "user", "username": "ada"}]
    file = io.BytesIO(packed(said) if version == 3 else plain(said))
    facts = check(file)
    assert (facts.lines, facts.version, facts.has_tombstones) == (5, version, version > 1)
    assert facts.created_at == datetime(2026, 11, 23, 10, 20, 30, 123_456, UTC)
    assert list(entries(file, "image")) == list(images(3))
    assert [entry["username"] for entry in entries(file, "user")] == ["ada"]
    assert list(entries(file, "manifest")) == [head(version)]


def test_it_takes_a_tenth_of_the_room():
    said = [head(), *images(1000)]
    assert len(packed(said)) < len(plain(said)) / 10


def test_the_same_entries_are_the_same_bytes():
    assert packed([head(), *images(3)]) == packed([head(), *images(3)])


def test_a_version_that_cannot_unpack_it_says_of_which_version_it_is():
    with pytest.raises(NotAManifest, match="of version 3; up to version 2 they are known here"):
        check_as_version_2(io.BytesIO(packed([head(), *images(300)])))


def test_its_first_line_and_its_last_are_plain_and_all_between_is_gzip():
    first, rest = packed([head(), *images(300)]).split(b"\n", 1)
    assert json.loads(first) == head()
    between, last = rest[:-1].rsplit(b"\n", 1)
    assert json.loads(last)["kind"] == "end"
    assert [json.loads(line) for line in gzip.decompress(between).splitlines()] == list(images(300))


@pytest.mark.parametrize("version", [0, 4])
def test_another_version_is_named(version):
    with pytest.raises(NotAManifest, match=f"of version {version}; up to version 3"):
        check(io.BytesIO(packed([head(version), *images(3)])))


def broken(damage: str) -> bytes:
    whole = packed([head(), *images(300)])
    first, rest = whole.split(b"\n", 1)
    between, _ = rest[:-1].rsplit(b"\n", 1)
    middle = len(whole) // 2
    cut = {"what is packed": b"", "its end": between[:-20]}.get(damage, between)
    lines = first + b"\n" + cut + b"\n"
    return {
        "a byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "the last line": whole[: whole.rindex(b"\n", 0, -1) + 1],
        "all": b"",
    }.get(damage, lines + end_of(lines))


@pytest.mark.parametrize("damage", ["a byte", "the last line", "all", "what is packed", "its end"])
def test_half_of_one_is_none(damage):
    with pytest.raises(NotAManifest, match="not a whole one"):
        check(io.BytesIO(broken(damage)))


def test_neither_writing_nor_reading_holds_more_than_a_few_entries(tmp_path):
    with (tmp_path / "manifest").open("w+b") as file:
        tracemalloc.start()
        try:
            write(file, chain([head()], images(MANY)))
            assert check(file).lines == MANY + 1
            assert sum(1 for _ in entries(file, "image")) == MANY
            assert tracemalloc.get_traced_memory()[1] < FLAT
        finally:
            tracemalloc.stop()
