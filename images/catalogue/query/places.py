"""What is being typed at a place of a search text, which need not be all of the language yet."""

import re
from typing import NamedTuple

from images.catalogue.query.nodes import Field, Text
from images.catalogue.query.parser import BARE, OPENING, QUOTED, TOKEN


class Place(NamedTuple):
    """Where a suggestion goes: instead of [start, end) of the text. `typed` stands there before the cursor,
    without quotes: as the value of `field`, or where that is "" as what may become a word or a field.
    """

    start: int
    end: int
    typed: str
    field: str = ""


def place_at(text: str, at: int) -> Place | None:
    """Return what is typed with the cursor before the character `at`; None within a phrase."""
    for token in TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "value" and token.start(kind) <= at <= token.end():
            return _value_at(text, at, token)
        if kind == "phrase" and token.start(kind) < at <= token.end():
            return None
        if kind in ("value", "word"):
            start, end = token.start("name"), token.start(kind)
            if kind == "word":
                start, end = token.span(kind)
            if start < at <= end and (typed := text[start:at].lstrip("-")):
                return Place(at - len(typed), end, typed)
    return Place(at, at, "")


def completed(name: str, value: str) -> str:
    """Return the text of a field that has this value as a whole: in quotes, without which it may be a part of
    others; a tag or an album is never a part of one.
    """
    is_bare = name in ("tag", "album") and re.fullmatch(f"{BARE}+", value) and value[0] not in OPENING
    return str(Field(name, Text(value, is_whole=not is_bare)))


def _value_at(text: str, at: int, token: re.Match[str]) -> Place:
    typed, end = text[token.start("value") : at], token.end()
    if typed and typed[0] in OPENING:
        if not re.fullmatch(QUOTED, token["value"]):
            end = at  # the quotes are not closed yet: what follows is another's
        typed = typed[1:].rstrip(OPENING)
    return Place(token.start("name"), end, typed, token["name"].lower())
