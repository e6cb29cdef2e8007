"""What a new row says: what its sender said, and where that is nothing, what the file or its name says."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.utils import timezone

from images.catalogue.tag_names import fitting
from images.catalogue.taken import Taken
from images.imaging.inspection import ImageFacts
from images.ingest.filenames import taken_by_name
from images.models import Image

# Cut to the length of their columns. The others are taken as they are or not at all.
TEXTS = ("title", "description", "alt_text", "author", "credit", "copyright")
EXACT = ("licence", "source_url")
FIELDS = {field.name: field for field in Image._meta.concrete_fields if field.name in (*TEXTS, *EXACT)}


class Described(TypedDict, total=False):
    """What may be said of a new image at once; of when it was taken all four fields or none."""

    title: str
    description: str
    alt_text: str
    decorative: bool
    author: str
    credit: str
    copyright: str
    licence: str
    source_url: str
    tags: list[str]
    visibility: str
    taken_at: datetime | None
    taken_offset: int | None
    taken_day: date | None
    taken_from: str


def described_by(facts: ImageFacts, filename: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return `said` filled up: its empty words by the file's own, and the fields of Taken by the file or
    its name. Who says that an image is decorative gets no alternative text.
    """
    found = words_of(facts.metadata)
    if said.get("decorative"):
        del found["alt_text"]
    filled = {name: word for name, word in found.items() if not said.get(name)}
    taken = {} if said.get("taken_from") else taken_of(facts, filename)._asdict()
    return {**said, **filled, **taken}


def words_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the file says (ImageFacts.metadata) as the row's own words, each one that a row takes, and
    its keywords as names of tags; empty where it says nothing. It is a stranger's, and comes from a child.
    """
    words = metadata.get("words")
    if not isinstance(words, Mapping):
        words = {}
    found = {name: _text(words.get(name), name) for name in (*TEXTS, *EXACT)}
    found["title"] = found["title"] or _text(words.get("headline"), "title")
    keywords = words.get("keywords")
    kept = [word for word in keywords if isinstance(word, str)] if isinstance(keywords, list) else []
    return found | {"tags": fitting(kept)}


def _text(value: Any, name: str) -> str:
    field = FIELDS[name]
    text: str = field.to_python(value.replace("\0", "")) if isinstance(value, str) else ""
    if name in TEXTS:
        text = text[: field.max_length].strip() if field.max_length else text
    try:
        field.run_validators(text)
    except ValidationError:
        return ""
    return text


def taken_of(facts: ImageFacts, filename: str) -> Taken:
    """Return when the picture was taken: by the file, else by its name, else nothing."""
    try:
        if facts.taken_at:
            return Taken.at(facts.taken_at, facts.taken_offset, Image.TakenFrom.FILE)
    except ValidationError:  # a clock that was never set
        return taken_by_name(filename, timezone.now().date())
    if facts.taken_day:
        return Taken(taken_day=facts.taken_day, taken_from=Image.TakenFrom.FILE)
    return taken_by_name(filename, timezone.now().date())
