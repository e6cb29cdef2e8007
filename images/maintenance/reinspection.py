"""Brings a row up to date with what inspection tells of its file today."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from images.imaging.inspection import ImageFacts
from images.models import Image

GEOMETRY = {"width", "height"}  # what renditions are drawn by


def bring_up_to_date(image_id: UUID, facts: ImageFacts) -> tuple[str, ...]:
    """Write into the row what `facts` say otherwise; return the names of those fields.

    Renditions of another geometry go: they are drawn again when they are asked for, and prunestorage deletes
    their objects. An image that was purged meanwhile stays so.
    """
    with transaction.atomic():
        image = Image.objects.select_for_update().filter(pk=image_id).first()
        if image is None:
            return ()
        changed = {name: fact for name, fact in vars(facts).items() if fact != getattr(image, name)}
        if changed:
            Image.objects.filter(pk=image_id).update(**changed, updated_at=timezone.now())
        if GEOMETRY & changed.keys():
            image.renditions.all().delete()
    return tuple(sorted(changed))
