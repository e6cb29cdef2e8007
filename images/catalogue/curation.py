"""Actions on many images at once: those that the person may change are changed, the others are counted."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser, may_delete, may_edit, trashed_images, visible_images
from images.catalogue.trash import restore, trash
from images.models import Image


class Action(TextChoices):
    PUBLISH = "publish", _("Make public")
    HIDE = "hide", _("Make private")
    TRASH = "trash", _("Move to trash")
    RESTORE = "restore", _("Undo")


@dataclass(frozen=True)
class _Rule:
    """Among which images a person may choose, which of those they may change, and the change itself."""

    candidates: Callable[[AnyUser], QuerySet[Image]]
    may: Callable[[AnyUser, Image], bool]
    change: Callable[[Image], None]


def show_to(visibility: str) -> Callable[[Image], None]:
    """Return the change that gives an image this `visibility`."""

    def change(image: Image) -> None:
        image.visibility = visibility
        image.write("visibility")

    return change


_RULES = {
    Action.PUBLISH: _Rule(visible_images, may_edit, show_to(Image.Visibility.PUBLIC)),
    Action.HIDE: _Rule(visible_images, may_edit, show_to(Image.Visibility.PRIVATE)),
    Action.TRASH: _Rule(visible_images, may_delete, trash),
    Action.RESTORE: _Rule(trashed_images, may_delete, restore),
}


@dataclass(frozen=True)
class Changes:
    """The images that were changed, and how many were not: hidden, absent and forbidden count alike."""

    images: list[Image]
    refused: int


def revealing_location(user: AnyUser, ids: Iterable[UUID]) -> list[Image]:
    """Return the images that publishing these would newly let tell everyone where they were taken."""
    private = visible_images(user).filter(pk__in=set(ids), visibility=Image.Visibility.PRIVATE)
    return [image for image in private if image.has_location and may_edit(user, image)]


def act(user: AnyUser, action: str, ids: Iterable[UUID]) -> Changes:
    """Do `action` to those of the images that `user` may."""
    rule, ids = _RULES[Action(action)], set(ids)
    allowed = [image for image in rule.candidates(user).filter(pk__in=ids) if rule.may(user, image)]
    changed = []
    for image in allowed:
        with suppress(Image.DoesNotExist):  # purged just now
            rule.change(image)
            changed.append(image)
    return Changes(changed, len(ids) - len(changed))
