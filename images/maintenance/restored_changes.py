"""The history of a manifest."""

from itertools import islice
from typing import IO, Any

from django.contrib.auth import get_user_model

from images.maintenance.manifest_form import entries
from images.models import Change, Image

BATCH = 500


def restore_changes(file: IO[bytes]) -> None:
    """Restore the changes that are not there: of images, of those that are."""
    people = dict(get_user_model().objects.values_list("username", "pk"))
    lines = entries(file, "change")
    while batch := list(islice(lines, BATCH)):
        of_images = [entry["target"] for entry in batch if entry["of"] == Change.Kind.IMAGE]
        there = {str(pk) for pk in Image.objects.filter(pk__in=of_images).values_list("pk", flat=True)}
        rows = [
            _row(entry, people)
            for entry in batch
            if entry["target"] in there or entry["target"] not in of_images
        ]
        Change.objects.bulk_create(rows, ignore_conflicts=True)


def _row(entry: dict[str, Any], people: dict[str, int]) -> Change:
    fields = [
        field for field in Change._meta.concrete_fields if field.attname in entry and field.name != "kind"
    ]
    values = {field.attname: field.to_python(entry[field.attname]) for field in fields}
    return Change(**values, kind=entry["of"], by_id=people.get(entry["by"]))
