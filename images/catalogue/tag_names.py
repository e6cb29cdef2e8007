"""What the name of a tag comes down to: its key, its address, and which names are none."""

import hashlib
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from images.models import Tag
from images.models.tag import MAX_KEY_LENGTH
from images.text import MAX_KEYWORD_LENGTH, MAX_KEYWORDS, clean, folded

MAX_SLUG_LENGTH = MAX_KEY_LENGTH - 20  # with room for what tells it from another


def key_of(name: str) -> str:
    """Return what a tag is found by: no two have the same."""
    return " ".join(folded(name).split())


def distinct(names: Iterable[str]) -> dict[str, str]:
    """Return the names as they are kept, each once, by their keys and in their order; an empty one is none.

    Raises ValidationError, in words, for a name that no tag can have, and for more than an image has.
    """
    kept: dict[str, str] = {}
    for name in names:
        if name := clean(name, limit=MAX_KEYWORD_LENGTH):
            kept.setdefault(_judged(name), name)
    are_few(len(kept))
    return kept


def only(name: str) -> tuple[str, str]:
    """Return the key of one name, and the name as it is kept. Raises ValidationError, by the field."""
    try:
        named = distinct([name]) or {_judged(""): ""}
    except ValidationError as error:
        raise ValidationError({"name": error.messages}) from None
    return next(iter(named.items()))


def are_few(number: int) -> None:
    """Raise ValidationError for a number of tags that no image has."""
    if number > MAX_KEYWORDS:
        raise ValidationError(_("An image has at most %(number)d tags."), params={"number": MAX_KEYWORDS})


def _judged(name: str) -> str:
    """Return the key of a name that is kept. Raises ValidationError where it is none of a tag."""
    ProhibitNullCharactersValidator()(name)
    key = key_of(name) if len(name) <= MAX_KEYWORD_LENGTH else ""
    if len(name) > MAX_KEYWORD_LENGTH or len(key) > MAX_KEY_LENGTH:
        limit = {"number": MAX_KEYWORD_LENGTH}
        raise ValidationError(_("A tag has at most %(number)d characters."), params=limit)
    if not key:
        raise ValidationError(_("A tag has a letter, a digit or a sign."))
    return key


def fitting(names: Iterable[str]) -> list[str]:
    """Return of a stranger's names those that tags can have, cut to their length, as many as an image has."""
    kept: dict[str, str] = {}
    for name in names:
        name = clean(name.replace("\0", "")[:MAX_KEYWORD_LENGTH], limit=MAX_KEYWORD_LENGTH)
        if 0 < len(key := key_of(name)) <= MAX_KEY_LENGTH:
            kept.setdefault(key, name)
    return list(kept.values())[:MAX_KEYWORDS]


def slug_of(key: str, nothing: str = "tag") -> str:
    """Return the words of a key as an address, which others may have too; `nothing` where it has none."""
    words = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in key).split()
    return "-".join(words)[:MAX_SLUG_LENGTH] or nothing


def free_slug(
    key: str,
    besides: Collection[str] = (),
    *,
    others: "QuerySet[Any, Any] | None" = None,
    nothing: str = "tag",
) -> str:
    """Return an address for what has this key that none of the `others`, or the tags, has now and that is
    none of those besides: its words, and a number if need be.
    """
    base, rows = slug_of(key, nothing), Tag.objects.all() if others is None else others
    for digits in range(4):
        numbers = range(max(2, 10**digits), 10 ** (digits + 1))
        slugs = [*([] if digits else [base]), *(f"{base}-{number}" for number in numbers)]
        taken = {*besides, *rows.filter(slug__in=slugs).values_list("slug", flat=True)}
        if free := next((slug for slug in slugs if slug not in taken), None):
            return free
    return f"{base}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
