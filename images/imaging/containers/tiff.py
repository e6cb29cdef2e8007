"""TIFF, classic and big: what its tags say, and a file of those alone that its pixels are drawn with.

Directories of pages are written anew, each in front of its pixels, which are copied as they are.
"""

import io
from collections.abc import Iterator
from itertools import accumulate, islice

from images.errors import Unstrippable
from images.imaging.containers import photoshop
from images.imaging.containers.boxes import Ranges, merged
from images.imaging.containers.directories import (
    BYTE,
    EXIF,
    LONG,
    LONG8,
    UNDEFINED,
    Entry,
    Form,
    Place,
    Tiff,
    laid_out,
    turned,
)
from images.imaging.containers.parts import Copied, Kind, Packet, Piece, Written
from images.imaging.containers.source import Block, Broken, Source

XMP, IPTC, PHOTOSHOP, SUB_IFDS, ORIENTATION, COMPRESSION = 700, 33723, 34377, 330, 274, 259
OLD_JPEG = 6  # whose tags point to tables anywhere in the file
STRIPS, TILES = (273, 279), (324, 325)  # tags of offsets and of lengths
PLACED = (*STRIPS, *TILES)

# Tags that pixels are drawn or printed with: TIFF 6.0 and its supplements, libtiff's for fax, the profile.
DRAWN = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283),
    *(284, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328),
    *(332, 334, 336, 338, 339, 340, 341, 347, 529, 530, 531, 532, 32995, 32997, 34675),
}
FORMER = Form("big")  # of packets that are made here
MAX_WORD = 2**16  # bytes of one tag in the structure that is read as Exif
# Its tags: those of TIFF, rights and exposure, pointers (34853 is one), those of Exif itself and Windows, and
# of maps (OGC 19-008r4).
EXIFS = (
    *(range(2**15), range(33432, 33438), range(34850, 34860), range(36864, 42300)),
    (EXIF, 33922, 34264, 34735),
)


def packets(source: Source) -> Iterator[Packet]:
    """Yield what the pages say, each its tags as Exif, then what no tag refers to."""
    try:
        tiff = Tiff(source)
        for page in tiff.pages():
            yield from _said(tiff, page)
            tiff.used += _extents(tiff, tiff.entries(place for place in page if place.tag in PLACED))
        yield from _unused(tiff)
    except Broken:
        yield from (Packet(Kind.OTHER, content) for content in source.windows(source.whole))


def planned(source: Source, written: Written) -> Iterator[Piece]:
    """Yield the pieces of all pages, with what is written in the first. Raises Unstrippable."""
    try:
        tiff = Tiff(source)
        form, pages = tiff.form, list(tiff.pages())
        if not pages:
            raise Broken("no page")
        yield form.head()
        at, left = len(form.head()), source.size
        for number, page in enumerate(pages):
            kept = tiff.entries(place for place in page if place.tag in DRAWN)
            ranges = _pixels(tiff, kept)
            left -= sum(length for _, length in ranges)
            if left < 0:
                raise Broken("pixels that are there many times")
            more = [] if number else _words(written, form)
            directory, length = _page(kept + more, ranges, form, at, is_last=number == len(pages) - 1)
            yield directory
            yield from (Copied(*extent) for extent in ranges if extent[1])
            if length % 2:
                yield b"\0"
            at += len(directory) + length + length % 2
    except (Broken, OverflowError) as error:
        raise Unstrippable("The file's pages are not in a way that the library writes anew.") from error


def _page(
    entries: list[Entry], ranges: list[tuple[int, int]], form: Form, at: int, *, is_last: bool
) -> tuple[bytes, int]:
    """Return the directory at `at` of a page whose pixels follow it, and how many bytes those are."""
    type_ = LONG8 if form.is_big else LONG
    offsets, lengths = TILES if any(entry.tag == TILES[0] for entry in entries) else STRIPS
    others = [entry for entry in entries if entry.tag not in (offsets, lengths)]
    counts = [length for _, length in ranges]
    total = sum(counts)
    sizes = b"".join(form.packed(count, form.width) for count in counts)
    others.append(Entry(lengths, type_, sizes))
    draft = laid_out([*others, Entry(offsets, type_, bytes(len(sizes)))], form, at)
    starts = list(accumulate(counts, initial=at + len(draft)))
    places = b"".join(
        form.packed(start if count else 0, form.width) for start, count in zip(starts, counts, strict=False)
    )
    following = 0 if is_last else at + len(draft) + total + total % 2
    return laid_out([*others, Entry(offsets, type_, places)], form, at, lambda _: following), total


def _pixels(tiff: Tiff, entries: list[Entry]) -> list[tuple[int, int]]:
    """Return where strips or tiles are, and their lengths. Raises Broken."""
    tags = {entry.tag: tiff.form.numbers(entry) for entry in entries if entry.tag in (COMPRESSION, *PLACED)}
    if tags.get(COMPRESSION, [1])[0] == OLD_JPEG:
        raise Broken("JPEG of the old kind")
    offsets, lengths = TILES if TILES[0] in tags else STRIPS
    ranges = list(zip(tags.get(offsets, []), tags.get(lengths, []), strict=False))
    if not ranges or len(ranges) != len(tags[offsets]):
        raise Broken("pixels of no length")
    if any(start + length > tiff.source.size for start, length in ranges):
        raise Broken("pixels past the end")
    return ranges


def _extents(tiff: Tiff, entries: list[Entry]) -> Ranges:
    """Return from where to where pixels are, as far as that is said."""
    tags = {entry.tag: tiff.form.numbers(entry) for entry in entries}
    found: Ranges = []
    for offsets, lengths in (STRIPS, TILES):
        pairs = zip(tags.get(offsets, ()), tags.get(lengths, ()), strict=False)
        found += [(start, start + length) for start, length in pairs]
    return found


def _words(written: Written, form: Form) -> list[Entry]:
    """Return the tags of what is written. Raises Broken."""
    entries = []
    if written.exif:
        shot = Tiff(Source(io.BytesIO(written.exif)))
        for page in islice(shot.pages(), 1):
            words = shot.entries(place for place in page if place.tag not in DRAWN)
            entries += [turned(entry, shot.form, form) for entry in words]
    if written.xmp:
        entries.append(Entry(XMP, BYTE, written.xmp))
    if written.iptc:
        entries.append(Entry(IPTC, UNDEFINED, written.iptc))
    return entries


def _said(tiff: Tiff, page: list[Place], depth: int = 0) -> Iterator[Packet]:
    """Yield what one page says, and smaller pictures of it."""
    words: list[Place] = []
    orientation: list[Place] = []
    for place in page:
        if place.tag == SUB_IFDS and depth < 2:
            offsets = tiff.form.numbers(Entry(SUB_IFDS, place.type, tiff.read(place)))
            for offset in offsets:
                inner, _ = tiff.directory(offset)
                yield from _said(tiff, inner, depth + 1)
        elif place.tag in DRAWN:
            orientation += [place] if place.tag == ORIENTATION else []
        elif place.tag == XMP:
            yield Packet(Kind.XMP, tiff.read(place))
        elif place.tag == IPTC:
            yield Packet(Kind.IPTC, tiff.read(place))
        elif place.tag == PHOTOSHOP:
            yield from photoshop.packets(tiff.read(place))
        elif place.length < MAX_WORD and any(place.tag in tags for tags in EXIFS):
            words.append(place)
        else:
            yield Packet(Kind.OTHER, tiff.read(place))
    entries = [turned(entry, tiff.form, FORMER) for entry in tiff.entries(orientation + words)]
    entries = [entry for entry in entries if entry.type < LONG8]
    if words and entries:
        yield Packet(Kind.EXIF, FORMER.head() + laid_out(entries, FORMER, len(FORMER.head())))


def _unused(tiff: Tiff) -> Iterator[Packet]:
    """Yield what is no directory, no value and no pixels, if it is not nothing."""
    end = tiff.source.size
    start = 0
    for stop, following in [*merged(tiff.used), (end, end)]:
        if start < stop:
            for content in tiff.source.windows(Block("", start, min(stop, end), start, min(stop, end))):
                if content.strip(b"\0"):
                    yield Packet(Kind.OTHER, content)
        start = max(start, following)
