"""Many images written as Image.write does it with one."""

from collections.abc import Sequence

from django.db import transaction

from images.models.derived import followers
from images.models.figure import FOLLOWED, followed
from images.models.image import Image
from images.models.indexing import reindex
from images.models.search import TEXTS
from images.models.writing import write_columns


def write_all(images: Sequence[Image], *fields: str) -> None:
    """Write these fields of `images`, whose rows are locked, and the time. As Image.write does of one."""
    written = {*fields, *followers(fields), "updated_at"}
    columns = [field for field in Image._meta.concrete_fields if field.name in written]
    for image in images:
        for field in columns:
            setattr(image, field.attname, field.pre_save(image, add=False))  # the time, and texts clean
    if not images:
        return
    with followed(images) if written & FOLLOWED else transaction.atomic():
        write_columns(images, columns)
        if written & set(TEXTS):
            reindex([image.pk for image in images])
