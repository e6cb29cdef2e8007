"""The line of an image in a manifest, as a row. Lines of earlier versions say less."""

from typing import IO, Any

from images.catalogue.tag_names import fitting
from images.maintenance.manifest_form import entries
from images.models import Image


def image_of(entry: dict[str, Any], uploaded_by_id: int | None) -> Image:
    """Return the row, not saved. What it is a copy of, link_copies says when all rows are there."""
    fields = [field for field in Image._meta.concrete_fields if field.attname in entry]
    values = {field.attname: field.to_python(entry[field.attname]) for field in fields}
    values |= {"uploaded_by_id": uploaded_by_id, "derived_from_id": None}
    return Image(**_known_before(values) | values | {"keywords": []})


def tags_of(entry: dict[str, Any]) -> list[str]:
    """Return the names of the image's tags. Before there were tags, they were its keywords."""
    return fitting(entry.get("tags", entry.get("keywords", ())))


def link_copies(file: IO[bytes]) -> None:
    """Tell the copies among the images what they were made from, where that is there."""
    for entry in entries(file, "image"):
        source = entry.get("derived_from_id")
        if source and Image.objects.filter(pk=source).exists():
            Image.objects.filter(pk=entry["id"], derived_from=None).update(derived_from=source)


def _known_before(values: dict[str, Any]) -> dict[str, Any]:
    """Return what today's columns say of a row whose line has none of them, as migration 0010 does."""
    taken_at = values.get("taken_at")
    return {
        "has_location": "location" in values.get("metadata", ()),
        "taken_day": taken_at and taken_at.date(),
        "taken_from": Image.TakenFrom.FILE if taken_at else "",
    }
