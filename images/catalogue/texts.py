"""Which images have these texts, asked of the index of texts alone."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.expressions import RawSQL

from images.models import Image

Statement = tuple[str, list[Any]]  # of SQL, and its parameters

IN_INDEX = "SELECT rowid AS key FROM images_search WHERE images_search MATCH %s LIMIT %s"
SHORT_WORD = re.compile("(?<= )[^ ]{1,2}(?= )")
FEW = 10_000  # rows, up to which all that an index finds are looked at
WINDOW = 12_000  # rows that one list looks at


def has_text(needle: str) -> Q:
    """Return the condition of an image whose text contains `needle` (models.search)."""
    return Q(search_text__contains=needle)


def found_by_index(needles: Sequence[str]) -> Q:
    """Return the condition that the index finds rows by whose texts contain all of `needles`, none of them
    empty. Of more than WINDOW, any so many are found, or all.
    """
    if connection.vendor == "sqlite":
        return Q(search_key__in=_keys(needles))
    short = {word for needle in needles for word in SHORT_WORD.findall(needle)}
    longer = (needle for needle in needles if needle.strip() not in short)
    return Q(*map(has_text, longer), *map(_has_short_word, sorted(short)))


def _has_short_word(word: str) -> Q:
    """Return the condition of an image whose text has this word of one or two characters (migration 0016)."""
    template = "images_short_words(%(expressions)s]"
    text = Func(
        F("search_text"),
        Value(word),
        template=template,
        arg_joiner=") @> ARRAY[",
        output_field=BooleanField(),
    )
    return Q(text)


def statement_of(needles: Sequence[str], most: int) -> Statement:
    """Return the statement of the keys of images whose texts contain all of `needles`: of more than `most`,
    of that many.
    """
    if connection.vendor == "sqlite":
        return IN_INDEX, [_phrases(needles), most]
    keys = Image.objects.order_by().filter(found_by_index(needles)).annotate(key=F("pk")).values("key")
    sql, params = keys[:most].query.sql_with_params()
    return sql, list(params)


def joined_keys() -> str:
    """Return the aggregate of the keys of a statement as one text, which is handed on as it is."""
    return "GROUP_CONCAT(key)" if connection.vendor == "sqlite" else "STRING_AGG(key::text, ',')"


def has_key(joined: str) -> Q:
    """Return the condition of an image whose key is one of these."""
    if connection.vendor == "sqlite":
        return Q(search_key__in=RawSQL("SELECT value FROM JSON_EACH(%s)", [f"[{joined}]"]))
    return Q(pk__in=RawSQL("SELECT UNNEST(STRING_TO_ARRAY(%s, ',')::uuid[])", [joined]))


def _keys(needles: Iterable[str]) -> Any:
    """Return the keys in SQLite's index, no more than are asked for: it finds all before the first row."""
    return RawSQL(IN_INDEX, [_phrases(needles), WINDOW])  # noqa: S611 both are parameters


def _phrases(needles: Iterable[str]) -> str:
    return " AND ".join(f'"{needle}"' for needle in needles)  # of letters, digits and blanks
