"""Stripping strangers' files in a child: proved, bounded, and no plan is followed that reads elsewhere."""

import functools
import io
import time
from contextlib import suppress

import pytest
from PIL import Image

from images.errors import ImageTooLarge, RefusedFile, Unstrippable
from images.imaging import child, containers, sandbox, stripping
from images.imaging.containers import plans
from images.imaging.containers.parts import MAX_PIECES, Copied, Written
from images.imaging.containers.plans import LINE
from tests.factories import make_image
from tests.files.carriers import chunk, full, gif_with, jpeg_with, piece, png_with, segment, webp_with
from tests.files.hostile import hostile_files, plain_png
from tests.files.pictures import DISPLAY_P3, oriented, rgb_profile
from tests.resilience import sandbox_jobs

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
INSERT = {"JPEG": jpeg_with, "PNG": png_with, "WEBP": webp_with, "GIF": gif_with}
NOTE = {
    "JPEG": segment(0xFE, b"x"),
    "PNG": chunk(b"tEXt", b"a\0b"),
    "WEBP": piece(b"ABCD", b"x"),
    "GIF": b"!\xfe\1x\0",
}


def strip(data: bytes) -> bytes:
    output = io.BytesIO()
    sandbox.strip(io.BytesIO(data), output)
    return output.getvalue()


@pytest.mark.parametrize("format_", FORMATS)
def test_confined_it_strips_as_unconfined(format_):
    data = full(format_, 6, make_image(format_))
    output = io.BytesIO()
    plans.assemble(stripping.strip(io.BytesIO(data)), io.BytesIO(data), output)
    assert strip(data) == output.getvalue()
    assert len(output.getvalue()) < len(data)


def test_a_file_on_disk_is_stripped_to_where_the_output_stands(tmp_path):
    data = make_image(exif=full("JPEG", 1, make_image())[6:100])
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    with path.open("rb") as file, (tmp_path / "copy.jpg").open("w+b") as output:
        output.write(b"before")
        sandbox.strip(file, output)
    assert (tmp_path / "copy.jpg").read_bytes() == b"before" + strip(data)
    assert path.read_bytes() == data


@pytest.mark.filterwarnings("ignore::UserWarning")  # of Pillow's, on damaged tags
def test_every_hostile_file_is_stripped_or_refused():
    count = 0
    for name, data in hostile_files():
        try:
            sandbox.inspect_image(io.BytesIO(data))
            copy = strip(data)
        except RefusedFile:
            continue
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(copy)) as after:
            assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes(), name
        assert b"<script>" not in copy
        count += 1
    assert count >= 10


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_no_inspection_would_let_through_is_stripped_or_refused_as_well():
    for _, data in hostile_files():
        try:
            sandbox.inspect_image(io.BytesIO(data))
        except ImageTooLarge:
            continue  # it takes all the time that a child has
        except RefusedFile:
            with suppress(Unstrippable):
                strip(data)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_cut_anywhere_is_stripped_or_refused(format_):
    data = full(format_, 6, make_image(format_, frames=1 if format_ == "JPEG" else 2))
    for end in range(0, len(data), max(1, len(data) // 40)):
        try:
            copy = strip(data[:end])
        except Unstrippable:
            continue
        assert strip(copy) == copy


@pytest.mark.parametrize("format_", FORMATS)
def test_a_hundred_thousand_notes_go(format_):
    bare = make_image(format_)
    started = time.monotonic()
    assert strip(INSERT[format_](bare, NOTE[format_] * 100_000)) == strip(bare)
    assert time.monotonic() - started < 3 * 5


def test_a_file_in_too_many_pieces_is_refused():
    frame = make_image("GIF", (1, 1))
    image = frame[frame.index(b",") : -1]
    with pytest.raises(Unstrippable, match="pieces"):
        containers.planned(io.BytesIO(gif_with(frame, (NOTE["GIF"] + image) * MAX_PIECES)), "GIF", Written())


def test_a_chunk_that_draws_and_is_unknown_is_refused():
    data = png_with(make_image("PNG"), chunk(b"CgBI", b"\x50\0\x20\2"))
    with pytest.raises(Unstrippable, match="does not know"):
        containers.planned(io.BytesIO(data), "PNG", Written())


@pytest.mark.parametrize(
    "job",
    [
        functools.partial(sandbox_jobs.eat_memory, size=3 * 2**30),
        sandbox_jobs.spin_with_one_second,
        sandbox_jobs.die,
    ],
    ids=["memory", "time", "life"],
)
def test_what_takes_all_that_a_child_has_is_refused(monkeypatch, job):
    monkeypatch.setattr(child, "strip", job)
    with pytest.raises(Unstrippable, match="time or memory"):
        strip(make_image())


def test_the_largest_picture_taken_fits_into_a_child():
    data = plain_png(7_000, 7_000)
    assert strip(png_with(data, NOTE["PNG"])) == data


# --- The proof ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (make_image(), make_image(seed=1)),
        (make_image("PNG"), make_image("PNG", seed=1)),
        (make_image("PNG"), make_image("PNG", (48, 64))),
        (make_image("PNG"), make_image("PNG", mode="L")),
        (make_image("PNG", mode="P"), make_image("PNG", mode="P", seed=1)),
        (make_image("PNG"), make_image("PNG", icc_profile=rgb_profile(DISPLAY_P3))),
        (make_image("GIF", frames=3), make_image("GIF", frames=2)),
        (make_image("GIF", frames=3, duration=100), make_image("GIF", frames=3, duration=200)),
        (make_image("WEBP", frames=3, loop=1), make_image("WEBP", frames=3, loop=2)),
        (oriented(6), oriented(8)),
    ],
    ids=["pixels", "lossless pixels", "size", "mode", "palette", "profile", "frames", "time", "loop", "turn"],
)
def test_a_plan_of_another_picture_is_refused(before, after):
    shown = stripping.look_at(io.BytesIO(before))
    stripping.prove([Copied(0, len(before))], io.BytesIO(before), shown)
    with pytest.raises(Unstrippable, match="same picture"):
        stripping.prove([after], io.BytesIO(before), shown)


# --- What a child sends -------------------------------------------------------------------------------


def test_a_plan_arrives_as_it_was_sent():
    plan = [b"one", Copied(0, 5), b"two", Copied(5, 5)]
    assert plans.received(plans.sent(plan), 10) == plan


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [b"half a line", b""],
        "a text",
        {"lines": 1, "own": 2},
        [1, 2],
        [LINE.pack(False, 0, 11), b""],
        [LINE.pack(False, 10, 1), b""],
        [LINE.pack(False, 2**64 - 1, 2), b""],
        [LINE.pack(True, 0, 1), b""],
        [LINE.pack(False, 0, 6) * 2, b""],
        [LINE.pack(True, 0, 8) * 3, b"x" * 8],
        [LINE.pack(False, 0, 0) * (MAX_PIECES + 1), b""],
    ],
)
def test_no_plan_is_followed_that_reads_elsewhere_or_too_much(parts):
    with pytest.raises(Unstrippable, match="damaged"):
        plans.received(parts, 10)


@pytest.mark.parametrize("job", [sandbox_jobs.read, sandbox_jobs.plan_past_the_end])
def test_a_child_that_was_taken_over_writes_nothing(monkeypatch, job):
    monkeypatch.setattr(child, "strip", job)
    output = io.BytesIO()
    with pytest.raises(Unstrippable):
        sandbox.strip(io.BytesIO(b"a file"), output)
    assert output.getvalue() == b""


def test_a_source_that_became_shorter_is_noticed():
    with pytest.raises(Unstrippable, match="shorter"):
        plans.assemble([Copied(0, 10)], io.BytesIO(b"short"), io.BytesIO())
