"""The fields of the search language: what each finds, how its value is read, what a person may type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from images.catalogue.query.nodes import Text, Value
from images.catalogue.query.values import (
    BYTES,
    PIXELS,
    PLAIN,
    Units,
    between,
    choice,
    days,
    digest,
    least,
    licence,
    ratio,
)
from images.imaging.formats import FORMATS

Read = Callable[[str, bool, date], Value]  # what stands behind the colon, whether in quotes, today


@dataclass(frozen=True)
class SearchField:
    """A field: what it finds, in a sentence, and examples of it; `read` raises InvalidSearch. `choices` has
    every value of one that has few, other ways to write them too, each with the one that is meant.
    """

    name: str
    finds: str
    examples: tuple[str, ...]
    read: Read
    choices: Mapping[str, str] = field(default_factory=dict)


def _text(text: str, is_quoted: bool, today: date) -> Value:
    return Text(text, is_quoted)


def _days(text: str, is_quoted: bool, today: date) -> Value:
    return days(text, today)


def _numbers(units: Units) -> Read:
    return lambda text, is_quoted, today: between(text, units)


def _chosen(name: str, finds: str, examples: tuple[str, ...], choices: Mapping[str, str]) -> SearchField:
    return SearchField(name, finds, examples, lambda text, *_: choice(text, choices), choices)


def _names(*names: str) -> Mapping[str, str]:
    return {name: name for name in names}


def _types() -> Mapping[str, str]:
    """Return the short name of each media type, at all names of its format."""
    return {
        name.lower(): format_.mime_type.partition("/")[2]
        for format_ in FORMATS.values()
        for name in (format_.mime_type.partition("/")[2], format_.extension, format_.name, format_.mime_type)
    }


def _orders() -> Mapping[str, str]:
    """Return the orderings of the API, at their names in the language; backwards with a minus."""
    names = {"uploaded": "created_at", "taken": "taken_at"} | {
        name: name for name in ("title", "filename", "size", "width", "height", "created_at", "taken_at")
    }
    return {sign + name: sign + ordering for name, ordering in names.items() for sign in ("", "-")}


FIELDS = {
    kind.name: kind
    for kind in (
        SearchField("tag", "images with this tag.", ("tag:coast", 'tag:"black and white"'), _text),
        SearchField(
            "album",
            "images in this album, by its address or its title.",
            ("album:summer-in-porto", 'album:"Summer in Porto"'),
            _text,
        ),
        SearchField(
            "by",
            "images of uploaders: a part of the user name, in quotes whole words of it; for people who "
            "signed in.",
            ("by:ana", 'by:"ana"'),
            _text,
        ),
        _chosen("type", "files of this format.", ("type:avif",), _types()),
        _chosen(
            "is",
            "public, unlisted, private, trashed, animated or decorative images; for people who signed in, "
            "their favourites.",
            ("is:private", "is:favourite", "-is:animated"),
            _names("public", "unlisted", "private", "trashed", "favourite", "animated", "decorative"),
        ),
        _chosen(
            "has",
            "images with a title, a description, an alternative text, tags, a licence or an album; for "
            "people who may see it, with a location.",
            ("has:title", "-has:alt"),
            _names("title", "description", "alt", "tags", "licence", "album", "location"),
        ),
        SearchField(
            "taken",
            "images taken on these days, by the camera's clock: a year, a month, a day, a range of these, or "
            "today, yesterday, this-week, last-week, this-month, last-month, this-year, last-year.",
            ("taken:2026", "taken:2026-01..2026-03", "taken:>=2026-01-15"),
            _days,
        ),
        SearchField(
            "uploaded",
            "images uploaded on these days, in UTC.",
            ("uploaded:last-week", "uploaded:2026-11"),
            _days,
        ),
        SearchField(
            "min",
            "images with at least so many pixels on either side.",
            ("min:2000px",),
            lambda text, *_: least(text, PIXELS),
        ),
        SearchField(
            "width",
            "images this wide, in pixels: a number, a range of two, or a comparison.",
            ("width:>=4000", "width:800..1200"),
            _numbers(PIXELS),
        ),
        SearchField("height", "images this high, in pixels.", ("height:<1000px",), _numbers(PIXELS)),
        SearchField("size", "files of this size.", ("size:>10MB", "size:200KB..1.5MB"), _numbers(BYTES)),
        _chosen(
            "shape",
            "landscape (wider than high), portrait or square images.",
            ("shape:portrait",),
            _names("landscape", "portrait", "square"),
        ),
        SearchField(
            "ratio", "images of this ratio of width to height.", ("ratio:16:9",), lambda text, *_: ratio(text)
        ),
        SearchField(
            "camera",
            "images of a camera: a part of its name, in quotes whole words of it.",
            ("camera:x100v", 'camera:"X-T5"'),
            _text,
        ),
        SearchField(
            "lens", "images taken through a lens: as with a camera.", ("lens:35mm", 'lens:"XF 23mm"'), _text
        ),
        SearchField("iso", "images of this sensitivity.", ("iso:<=400",), _numbers(PLAIN)),
        SearchField("f", "images of this aperture.", ("f:1.4..2.8",), _numbers(PLAIN)),
        SearchField(
            "licence",
            "images whose licence begins so, in quotes is so.",
            ("licence:cc-by", 'licence:"CC-BY-4.0"'),
            lambda text, is_quoted, today: licence(text, is_quoted),
        ),
        SearchField("hash", "the image of the file with this SHA-256.", (), lambda text, *_: digest(text)),
        _chosen(
            "sort",
            "what the rest finds, in this order: uploaded, taken, title, filename, size, width or height, "
            "backwards with a minus.",
            ("sort:taken", "sort:-size"),
            _orders(),
        ),
    )
}
TEXTS = frozenset({"camera", "lens"})  # fields that look into a text
