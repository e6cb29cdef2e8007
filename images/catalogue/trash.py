"""The trash: into it, out of it, and out of the library for good. Who may, catalogue/access.py says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser, stricter, trashed_images
from images.catalogue.counts import MAX_COUNT
from images.catalogue.history import forget
from images.catalogue.publishing import HELD, is_undecided, show_to
from images.concurrency.locks import key_lock
from images.models import Image, Purged


@dataclass(frozen=True)
class Held:
    """What the trash holds: how many images, the bytes of their originals, and `since` when the first of them
    is there. It `is_more` than the figures say, which are of the latest MAX_COUNT.
    """

    count: int
    size: int
    since: datetime | None
    is_more: bool


def held(user: AnyUser, before: datetime | None = None) -> Held:
    """Return what `user` may restore, or what of it came into the trash before then, in two queries."""
    trashed = trashed_images(user)
    if before:
        trashed = trashed.filter(deleted_at__lt=before)
    latest = trashed.order_by("-deleted_at")
    figures = latest[:MAX_COUNT].aggregate(count=Count("size"), size=Sum("size"))
    first = trashed.order_by("deleted_at").values_list("deleted_at", flat=True).first()
    is_more = figures["count"] == MAX_COUNT and latest[MAX_COUNT : MAX_COUNT + 1].exists()
    return Held(figures["count"], figures["size"] or 0, first, is_more)


def trash(image: Image) -> None:
    """Move `image` to the trash. Its object stays until the image is purged and storage is pruned."""
    image.write(*put_away(image))


def put_away(image: Image) -> list[str]:
    """Let the row say that it is in the trash; return the names of the fields that changed."""
    image.deleted_at = timezone.now()
    return ["deleted_at"]


def restore(image: Image, visibility: str = "", location: str = "") -> str:
    """Take `image` out of the trash, with the given `visibility` if that is stricter than its own.

    It comes back private when it says where it was taken and nobody said to tell that, with `location` now or
    before. Returns a sentence that says so, or an empty one.
    """
    fields, notice = taken_out(image, visibility, location)
    image.write(*fields)
    return notice


def taken_out(image: Image, visibility: str = "", location: str = "") -> tuple[list[str], str]:
    """As restore, without writing the row: return the names of the fields that changed, and the sentence."""
    image.deleted_at, notice = None, ""
    shown = stricter(image.visibility, visibility or image.visibility)
    fields = ["deleted_at", *show_to(image, shown, location)]
    if is_undecided(image):
        fields += show_to(image, Image.Visibility.PRIVATE)
        notice = _(HELD)
    return fields, notice


def purge(image: Image) -> None:
    """Put a tombstone in the place of the trashed `image` and its history; one no longer in the trash stays.

    Its object stays too, until prunestorage deletes what no row refers to. Two locks are held: the key's, so
    that an upload of the same bytes does not take the row out of the trash at this moment; and the row's, so
    that no rendition is added after the image's renditions were deleted and before the image is.
    """
    with key_lock(image.hash), transaction.atomic():
        for row in Image.objects.select_for_update().filter(pk=image.pk, deleted_at__isnull=False):
            forget([row])
            row.delete()
            note_purged({row.hash: max(timezone.now(), row.created_at)})


def note_purged(times: Mapping[str, datetime]) -> None:
    """Write that the images of these hashes were purged, and when."""
    Purged.objects.bulk_create(
        [Purged(hash=digest, time=time) for digest, time in times.items()],
        update_conflicts=True,
        unique_fields=["hash"],
        update_fields=["time"],
    )


def trashed_before(before: datetime) -> tuple[int, int]:
    """Return how many images `empty_trash` would purge now, and the bytes of their originals."""
    old = Image.objects.filter(deleted_at__lt=before)
    counted = old.aggregate(images=Count("pk"), bytes=Coalesce(Sum("size"), 0))
    return counted["images"], counted["bytes"]


def empty_trash(before: datetime) -> Iterator[Image]:
    """Purge the images that were moved to the trash before then, and yield each."""
    old = Image.objects.filter(deleted_at__lt=before).order_by("deleted_at")
    while image := old.first():
        if purged(image):
            yield image


def purged(image: Image) -> bool:
    """Purge `image`, and return whether it is gone: nobody restored it at the last moment."""
    purge(image)
    return not Image.objects.filter(pk=image.pk).exists()
