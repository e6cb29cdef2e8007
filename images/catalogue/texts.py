"""Which images have these texts, asked of the index of texts alone."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from images.models import Image

Statement = tuple[str, list[Any]]  # of SQL, and its parameters

IN_INDEX = "SELECT rowid FROM images_search WHERE images_search MATCH %s LIMIT %s"
FEW = 10_000  # rows, up to which all that an index finds are looked at
WINDOW = 12_000  # rows that one list looks at


def has_text(needle: str) -> Q:
    """Return the condition of an image whose text contains `needle` (models.search)."""
    return Q(search_text__contains=needle)


def found_by_index(needles: Iterable[str]) -> Q:
    """Return the condition that the index finds rows by whose texts contain all of `needles`, none of them
    empty. Of more than WINDOW, any so many are found, or all.
    """
    if connection.vendor == "sqlite":
        return Q(search_key__in=_keys(needles))
    return Q(*map(has_text, needles))


def matching(needles: Iterable[str]) -> QuerySet[Image, UUID]:
    """Return the ids of the images whose texts contain all of `needles`, none of them empty, in no order.
    Whoever asks takes [:WINDOW] at most: of more, any so many are found.
    """
    return Image.objects.order_by().filter(found_by_index(needles)).values_list("pk", flat=True)


def statement_of(needles: Sequence[str], most: int) -> Statement:
    """Return the statement of as many rows as there are images whose texts contain all of `needles`, of more
    than `most` that many.
    """
    if connection.vendor == "sqlite":
        return IN_INDEX, [_phrases(needles), most]
    sql, params = matching(needles)[:most].query.sql_with_params()
    return sql, list(params)


def _keys(needles: Iterable[str]) -> Any:
    """Return the keys in SQLite's index, no more than are asked for: it finds all before the first row."""
    return RawSQL(IN_INDEX, [_phrases(needles), WINDOW])  # noqa: S611 both are parameters


def _phrases(needles: Iterable[str]) -> str:
    return " AND ".join(f'"{needle}"' for needle in needles)  # of letters, digits and blanks
