"""Re-makes the columns of derived.py and search.py, where what they are made from changed without the row."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Any, cast
from uuid import UUID

from django.db import transaction

from images.concurrency.locks import locked
from images.models.derived import DatedField, FactField
from images.models.image import Image
from images.models.search import TEXTS, SearchKeyField, SearchTextField
from images.models.tag import Tagging
from images.models.writing import write_columns

BATCH = 500  # rows that one transaction writes: with SQLite, every other writer waits for it

DERIVED: list[Any] = [
    field
    for field in Image._meta.concrete_fields
    if isinstance(field, FactField | DatedField | SearchTextField | SearchKeyField)
]
# By name, for migrations run this too: before the columns are there that come later.
READ = (*TEXTS, "keywords", "metadata", "taken_at", "taken_offset", "taken_day", "created_at")


def derive(image: Image, tag_names: Iterable[str] = ()) -> None:
    """Set the derived columns of `image` from what else it says, and its tags. The row is not written."""
    for field in DERIVED:
        if isinstance(field, SearchTextField):
            image.search_text = SearchTextField.of(image, tag_names)
        else:
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
            # SQLite's index takes rows much faster in the order of its keys.
            write_columns(sorted(changed, key=lambda image: image.search_key), DERIVED)
            written += len(changed)
    return written


def _changed(ids: list[UUID]) -> list[Any]:
    """Return those of the rows whose derived columns say something else than they should, as they should."""
    names = [field.attname for field in DERIVED]
    rows = Image.objects.filter(pk__in=ids).order_by("pk")  # all who lock them do so in one order
    images = list(locked(rows.only(*READ, *names)))
    tags = defaultdict[UUID, list[str]](list)
    taggings = Tagging.objects.filter(image__in=ids).order_by("tag__key")  # one text of the same tags
    for image_id, name in taggings.values_list("image", "tag__name"):
        tags[image_id].append(name)
    changed, given = list[Any](), set[int]()
    for image in images:
        before = [getattr(image, name) for name in names]
        derive(image, tags[image.pk])
        if image.search_key in given:  # by this batch, which is not written yet
            image.search_key = SearchKeyField.of(image, given)
        given.add(cast(int, image.search_key))
        if [getattr(image, name) for name in names] != before:
            changed.append(image)
    return changed
