"""Which images have these texts, asked of the index of texts alone."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from images.models import Image

FEW = 10_000  # rows, up to which all that an index finds are looked at


def has_text(needle: str) -> Q:
    """Return the condition of an image whose text contains `needle` (models.search)."""
    return Q(search_text__contains=needle)


def matching(needles: Iterable[str]) -> QuerySet[Image, UUID]:
    """Return the ids of the images whose texts contain all of `needles`, none of them empty, in no order.
    Whoever asks takes [: FEW + 1]: of more than FEW, any so many are found.
    """
    images = Image.objects.order_by()
    if connection.vendor == "sqlite":
        return images.filter(search_key__in=_keys(needles)).values_list("pk", flat=True)
    for needle in needles:
        images = images.filter(has_text(needle))
    return images.values_list("pk", flat=True)


def _keys(needles: Iterable[str]) -> Any:
    """Return the keys in SQLite's index, no more than are asked for: it finds all before the first row."""
    phrases = " AND ".join(f'"{needle}"' for needle in needles)  # of letters, digits and blanks
    sql = "SELECT rowid FROM images_search WHERE images_search MATCH %s LIMIT %s"
    return RawSQL(sql, [phrases, FEW + 1])  # noqa: S611 both are parameters
