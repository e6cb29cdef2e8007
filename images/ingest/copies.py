"""Copies of images without their metadata: public, while those that say where they were taken are private."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from images.catalogue import storing
from images.catalogue.access import AnyUser, may_delete, may_edit, stricter
from images.catalogue.history import recorded
from images.catalogue.publishing import show_to
from images.catalogue.tags import set_tags, tag_names
from images.catalogue.trash import restore
from images.concurrency.locks import key_lock, locked
from images.errors import InTrash
from images.http.problems import describe
from images.ingest.files import Stripped, stripped
from images.models import Image, Purged
from images.models.figure import enter
from images.renditions.prerendering import prepare_for_gallery
from storage import get_storage

SECONDS = 20  # after which one request begins no other copy; each takes about one

# What a copy has of its own. All else, words and what was read of the file, it takes from the image.
OWN = {
    *("id", "hash", "size", "frames", "verified_at", "created_at", "updated_at", "deleted_at"),
    *("visibility", "has_location", "location_kept", "source_hash", "derived_from"),
}


def public_copy(image: Image, user: AnyUser, visibility: str = Image.Visibility.PUBLIC) -> Image:
    """Return the copy of `image` without its metadata, public or unlisted as is asked: the one that is there,
    its object made again where that was lost, or a new one. Bytes first, row second.

    Raises Unstrippable, Busy or StorageError; Image.DoesNotExist when the image was moved to the trash
    meanwhile; PermissionDenied, or InTrash, when it, or the copy that is there, is not theirs to publish.
    """
    if not may_edit(user, image):
        raise PermissionDenied
    there = Image.objects.filter(source_hash=image.hash, has_location=False).order_by("created_at").first()
    if there and get_storage().exists(there.storage_key):
        return _published(there, user, visibility)
    with image.open() as original, stripped(original, image.size, image) as copy, key_lock(copy.digest):
        copy.file.seek(0)
        storing.put(copy.digest, copy.file, image.mime_type)
        known = Image.objects.filter(hash=copy.digest).first() or _take(image, copy, visibility)
    return _published(known, user, visibility)


def _take(image: Image, copy: Stripped, visibility: str) -> Image:
    """Return the new image. The caller has put the bytes, and has their lock."""
    with transaction.atomic(durable=True):
        now = locked(Image.objects.filter(deleted_at=None)).get(pk=image.pk)  # its words as they are by now
        Purged.objects.filter(hash=copy.digest).delete()
        taken_over = [field.attname for field in Image._meta.concrete_fields if field.name not in OWN]
        new = Image.objects.create(
            **{name: getattr(now, name) for name in taken_over},
            hash=copy.digest,
            size=copy.size,
            frames=copy.frames,
            verified_at=timezone.now(),
            visibility=visibility,
            source_hash=now.hash,
            derived_from=now,
        )
        set_tags(new, tag_names(now))
        enter(new)
        prepare_for_gallery.enqueue(str(new.pk))
    return new


def _published(copy: Image, user: AnyUser, visibility: str) -> Image:
    """Return `copy`, shown to as many if `user` may: somebody may have hidden it, or trashed it."""
    if stricter(copy.audience, visibility) == visibility:
        return copy
    with transaction.atomic():
        copy = locked(Image.objects.all()).get(pk=copy.pk)
        if copy.deleted_at and not may_delete(user, copy):
            raise InTrash(_("The copy without the location is in the trash. An editor can restore it."))
        with recorded(user, [copy.pk]):
            if copy.deleted_at:
                restore(copy)
            if stricter(copy.visibility, visibility) != visibility:
                if not may_edit(user, copy):
                    private = _("The copy without the location is private, and another person's.")
                    raise PermissionDenied(private)
                copy.write(*show_to(copy, visibility))
    return copy


@dataclass(frozen=True)
class Copies:
    """The public copies, by the ids of what they are copies of; of which images there are none, each with a
    sentence why; and those not come to.
    """

    made: dict[UUID, Image] = field(default_factory=dict)
    failed: list[tuple[Image, str]] = field(default_factory=list)
    left: list[Image] = field(default_factory=list)


def public_copies(
    images: Iterable[Image],
    user: AnyUser,
    visibility: str = Image.Visibility.PUBLIC,
    seconds: float = SECONDS,
) -> Copies:
    """Return the copies of `images`, as public_copy does: the first one's, and those begun within so many
    seconds.
    """
    copies, deadline = Copies(), time.monotonic() + seconds
    for number, image in enumerate(images):
        if number and time.monotonic() >= deadline:
            copies.left.append(image)
            continue
        try:
            copies.made[image.pk] = public_copy(image, user, visibility)
        except Exception as error:
            described = describe(error)
            if described is None:
                raise
            copies.failed.append((image, described[1]))
    return copies
