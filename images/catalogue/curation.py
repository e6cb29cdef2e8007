"""Actions on many images at once: those that the person may change are changed, the others are counted."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser, may_delete, may_edit, trashed_images, visible_images
from images.catalogue.publishing import show_to
from images.catalogue.trash import restore, trash
from images.concurrency.locks import locked
from images.errors import LocationUndecided
from images.models import Image


class Action(TextChoices):
    PUBLISH = "publish", _("Make public")
    HIDE = "hide", _("Make private")
    TRASH = "trash", _("Move to trash")
    RESTORE = "restore", _("Undo")


@dataclass(frozen=True)
class _Rule:
    """Among which images a person may choose, which of those they may change, and the change itself.

    It is told what was said of the place, and returns why the image is not as it was asked for, or nothing.
    """

    candidates: Callable[[AnyUser], QuerySet[Image]]
    may: Callable[[AnyUser, Image], bool]
    change: Callable[[Image, str], str | None]


def publish(image: Image, location: str = "") -> None:
    """Make `image` public. Raises LocationUndecided."""
    image.write(*show_to(image, Image.Visibility.PUBLIC, location))


def hide(image: Image) -> None:
    """Make `image` private."""
    image.write(*show_to(image, Image.Visibility.PRIVATE))


_RULES = {
    Action.PUBLISH: _Rule(visible_images, may_edit, publish),
    Action.HIDE: _Rule(visible_images, may_edit, lambda image, _: hide(image)),
    Action.TRASH: _Rule(visible_images, may_delete, lambda image, _: trash(image)),
    Action.RESTORE: _Rule(trashed_images, may_delete, lambda image, word: restore(image, location=word)),
}


@dataclass(frozen=True)
class Changes:
    """The images that were changed, and how many were not: hidden, absent and forbidden count alike.

    `undecided` are those that nobody said of whether to tell where they were taken: they stayed private, or
    came back so and are among `images` too.
    """

    images: list[Image]
    refused: int
    undecided: list[Image] = field(default_factory=list)


def act(user: AnyUser, action: str, ids: Iterable[UUID], location: str = "") -> Changes:
    """Do `action` to those of the images that `user` may, with this said of the places: publishing.Location,
    or nothing. Copies without the place are made of those undecided, by ingest.copies.
    """
    rule, ids = _RULES[Action(action)], set(ids)
    allowed = [image for image in rule.candidates(user).filter(pk__in=ids) if rule.may(user, image)]
    changed, undecided = [], []
    for image in allowed:
        with transaction.atomic(), suppress(Image.DoesNotExist):  # purged just now, or no candidate any more
            now = locked(rule.candidates(user)).get(pk=image.pk)
            try:
                if rule.change(now, location):
                    undecided.append(now)
                changed.append(now)
            except LocationUndecided:
                undecided.append(now)
    return Changes(changed, len(ids - {image.pk for image in changed + undecided}), undecided)
