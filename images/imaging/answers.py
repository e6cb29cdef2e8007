"""What a child says of a file, which may have taken it over: facts, where it has the shape of such."""

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from images.errors import InvalidImage
from images.imaging.formats import MAX_FRAMES, MIME_TYPES
from images.imaging.inspection import ImageFacts

MAX_SIDE = 2**31 - 1  # pixels, as many as a row can say
MAX_TEXT, MAX_PLACEHOLDER = 10_000, 2_000  # characters, of the longest word and of the column
MAX_TEXTS = 100  # of a list


def facts_of(answer: dict[str, Any]) -> ImageFacts:
    """Return the facts that a child told, moment and day in ISO 8601. Raises InvalidImage when no row could
    have them, or no page show them.
    """
    try:
        taken_at, taken_day = answer.pop("taken_at"), answer.pop("taken_day")
        facts = ImageFacts(
            **answer,
            taken_at=taken_at and datetime.fromisoformat(taken_at),
            taken_day=taken_day and date.fromisoformat(taken_day),
        )
        is_whole = all(is_one(getattr(facts, name)) for name, is_one in FACTS.items())
    except (AttributeError, KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise InvalidImage("The file is damaged: it does not decode as an image.")
    return facts


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _is_text(value: Any) -> bool:
    """Whether it is a text that a database takes: without NUL, and without halves of surrogate pairs."""
    return (
        isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value and bool(value.encode() or 1)
    )


def _is_list(value: Any, is_one: Callable[[Any], bool], most: int) -> bool:
    return isinstance(value, list) and len(value) <= most and all(map(is_one, value))


def _are_words(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_list(said, _is_text, MAX_TEXTS) if name == "keywords" else _is_text(name) and _is_text(said)
        for name, said in value.items()
    )


def _is_metadata(value: Any) -> bool:
    return isinstance(value, dict) and all(
        name in METADATA and METADATA[name](said) for name, said in value.items()
    )


METADATA: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("camera", "lens", "icc_profile", "color"), _is_text),
    **dict.fromkeys(("exposure_time", "f_number", "iso", "focal_length"), _is_number),
    "rating": _is_whole(-1, 5),
    "location": lambda value: _is_list(value, _is_number, 2) and len(value) == 2,
    "words": _are_words,
}
FACTS: dict[str, Callable[[Any], bool]] = {
    "mime_type": lambda value: value in MIME_TYPES,  # the bytes are served as this
    **dict.fromkeys(("width", "height"), _is_whole(1, MAX_SIDE)),
    "frames": _is_whole(1, MAX_FRAMES),
    "taken_at": lambda value: value is None or value.tzinfo is not None,
    "taken_offset": lambda value: value is None or _is_whole(-(2**15), 2**15 - 1)(value),
    "metadata": _is_metadata,
    "has_location": lambda value: isinstance(value, bool),
    "placeholder": lambda value: _is_text(value) and len(value) <= MAX_PLACEHOLDER,
}
