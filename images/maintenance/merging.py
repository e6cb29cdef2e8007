"""What a restoration may take for its own: is the library in use, and what of a newer row stays."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import CharField, Q, TextField

from images.catalogue.access import stricter
from images.catalogue.taken import SAID_BY_PEOPLE, Taken
from images.ingest.samples import SAMPLES
from images.models import Image

# What a first start makes: migrations these groups, quickstart this person and the sample images.
GROUPS = ("Viewers", "Contributors", "Editors")
ADMIN = "admin"

WORDS = [
    field.attname
    for field in Image._meta.concrete_fields
    if field.editable and isinstance(field, CharField | TextField) and not field.choices
]


def is_in_use() -> bool:
    """Whether there is anyone or anything beyond a first start."""
    samples = Q(pk__in=[])
    for sample in SAMPLES:
        samples |= Q(filename=sample.filename, title=sample.title)
    return (
        Image.objects.exclude(samples, uploaded_by=None, deleted_at=None).exists()
        or get_user_model().objects.exclude(username=ADMIN).exists()
        or Group.objects.exclude(name__in=GROUPS).exists()
    )


def is_sample(image: Image) -> bool:
    """Whether the image is one of those that a first start makes, as it made it."""
    named = (image.filename, image.title)
    return image.uploaded_by_id is None and named in {(sample.filename, sample.title) for sample in SAMPLES}


def merge(image: Image, newer: Image) -> None:
    """Let `image` say what the `newer` one of the same bytes says: its words where it has any, when it was
    taken unless people said that of the former alone, the trash, and the stricter visibility of the two.
    """
    for name in (*WORDS, "decorative", "has_location", "source_hash", "derived_from_id"):
        setattr(image, name, getattr(newer, name) or getattr(image, name))
    if newer.taken_from in SAID_BY_PEOPLE or (newer.taken_from and image.taken_from not in SAID_BY_PEOPLE):
        Taken.of(newer).put(image)
    image.metadata = {**image.metadata, **newer.metadata}  # with the words that were read of it since
    image.visibility = stricter(image.visibility, newer.visibility)
    is_kept = image.location_kept or newer.location_kept
    image.location_kept = is_kept and image.visibility != Image.Visibility.PRIVATE
    image.deleted_at = newer.deleted_at
    image.updated_at = newer.updated_at
    image.uploaded_by_id = image.uploaded_by_id or newer.uploaded_by_id
