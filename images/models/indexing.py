"""Re-makes the columns of derived.py and search.py, where what they are made from changed without the row."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Prefetch

from images.concurrency.locks import locked
from images.models.derived import DatedField, FactField
from images.models.image import Image
from images.models.search import TEXTS, SearchKeyField, SearchTextField
from images.models.tag import Tag

BATCH = 500  # rows that one transaction writes: with SQLite, every other writer waits for it

DERIVED: list[Any] = [
    field
    for field in Image._meta.concrete_fields
    if isinstance(field, FactField | DatedField | SearchTextField | SearchKeyField)
]
# By name, for migrations run this too: before the columns are there that come later.
READ = (*TEXTS, "keywords", "metadata", "taken_at", "taken_offset", "taken_day", "created_at")


def derive(image: Image) -> None:
    """Set the derived columns of `image` from what else it says. The row is not written."""
    for field in DERIVED:
        field.pre_save(image, add=image._state.adding)


def reindex(ids: Iterable[UUID]) -> int:
    """Write into the derived columns of these rows what rows and tags say now; return how many said
    otherwise.

    A batch is one transaction, which reads when it has locked the rows: what others commit before is in it,
    and what they commit later they reindex themselves.
    """
    remaining, written = iter(ids), 0
    while batch := list(islice(remaining, BATCH)):
        with transaction.atomic():
            changed = _changed(batch)
            _write(changed)
            written += len(changed)
    return written


def reindex_all(only_missing: bool = False) -> Iterator[bool]:
    """Re-make the derived columns of all rows, or of those alone that an earlier version added; yield of each
    whether it said otherwise. Stopped in between, the next run writes only what is not right yet.

    After each batch it pauses for as long as that took, so that others get to write.
    """
    rows = Image.objects.order_by("pk").values_list("pk", flat=True)
    rows = rows.filter(search_key=None) if only_missing else rows
    batch = list(rows[:BATCH])
    while batch:
        started = time.monotonic()
        written = reindex(batch)
        pause = time.monotonic() - started
        yield from [True] * written + [False] * (len(batch) - written)
        time.sleep(pause)
        batch = list(rows.filter(pk__gt=batch[-1])[:BATCH])


def _changed(ids: list[UUID]) -> list[Any]:
    """Return those of the rows whose derived columns say something else than they should, as they should."""
    rows = Image.objects.filter(pk__in=ids).order_by("pk")  # all lock them in one order
    rows = rows.only(*READ, *(field.attname for field in DERIVED))
    changed, given = list[Any](), set[int]()
    for image in locked(rows).prefetch_related(Prefetch("tags", Tag.objects.only("name"))):
        before = _values(image, DERIVED)
        derive(image)
        if image.search_key in given:  # by this batch, which is not written yet
            image.search_key = SearchKeyField.of(image, given)
        given.add(cast(int, image.search_key))
        if _values(image, DERIVED) != before:
            changed.append(image)
    return changed


def _write(images: list[Any]) -> None:
    """Write the derived columns, by one statement prepared once: an UPDATE with a CASE for each row takes the
    database three times as long. SQLite's index takes rows much faster in the order of its keys.
    """
    if not images:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in DERIVED)
    key: Any = Image._meta.pk
    images = sorted(images, key=lambda image: image.search_key)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(Image._meta.db_table)} SET {columns} WHERE {quote(key.column)} = %s",  # noqa: S608
            [_values(image, [*DERIVED, key]) for image in images],
        )


def _values(image: Image, fields: list[Any]) -> list[Any]:
    return [field.get_db_prep_save(getattr(image, field.attname), connection) for field in fields]
