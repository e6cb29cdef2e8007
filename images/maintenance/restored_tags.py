"""Tags of a manifest, and of its images. Figures are counted when all rows are there."""

from collections.abc import Iterable
from typing import IO

from django.db import transaction

from images.catalogue.tag_names import distinct, fitting
from images.catalogue.tags import tags_named
from images.maintenance.manifest_form import entries
from images.models import Image, Tagging
from images.models.indexing import derive


def restore_tags(file: IO[bytes]) -> None:
    """Restore what is said of each tag, where nothing is said of it yet."""
    for entry in entries(file, "tag"):
        with transaction.atomic():
            for tag in tags_named(distinct(fitting([entry["name"]]))).values():
                tag.description = tag.description or entry["description"]
                tag.color = tag.color or entry["color"]
                tag.save(update_fields=["description", "color"])


def insert(image: Image, names: Iterable[str]) -> None:
    """Insert the row with its times as they are, and its tags, within a transaction."""
    tags = sorted(tags_named(distinct(names)).values(), key=lambda tag: tag.key)
    derive(image, [tag.name for tag in tags])
    image.save_base(raw=True, force_insert=True)  # raw: the times are not those of now
    Tagging.objects.bulk_create([Tagging(image=image, tag=tag) for tag in tags])
