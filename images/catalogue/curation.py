"""Actions on many images at once: those that the person may change are changed, the others are counted."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser, may_delete, may_edit, trashed_images, visible_images
from images.catalogue.publishing import show_to
from images.catalogue.tags import add_tags, remove_tags
from images.catalogue.taken import Taken, shifted
from images.catalogue.trash import restore, trash
from images.concurrency.locks import locked
from images.errors import LocationUndecided
from images.models import Image


class Action(TextChoices):
    PUBLISH = "publish", _("Make public")
    HIDE = "hide", _("Make private")
    TAG = "tag", _("Add tags")
    UNTAG = "untag", _("Remove tags")
    SHIFT_DATES = "shift_dates", _("Correct dates")
    TRASH = "trash", _("Move to trash")
    RESTORE = "restore", _("Undo")


@dataclass(frozen=True)
class Said:
    """What was said with an action: of the place (publishing.Location, or nothing), names of tags, by how
    much dates are wrong, and how far the clock was from UTC (minutes east, None: as it is).
    """

    location: str = ""
    tags: Collection[str] = ()
    by: timedelta = timedelta()
    offset: int | None = None


@dataclass(frozen=True)
class _Rule:
    """Among which images a person may choose, which of those they may change, and the change itself.

    It returns why the image is not as it was asked for, or nothing; it raises LocationUndecided, or
    ValidationError with why this image cannot be changed so.
    """

    candidates: Callable[[AnyUser], QuerySet[Image]]
    may: Callable[[AnyUser, Image], bool]
    change: Callable[[Image, Said], str | None]


def publish(image: Image, location: str = "") -> None:
    """Make `image` public. Raises LocationUndecided."""
    image.write(*show_to(image, Image.Visibility.PUBLIC, location))


def hide(image: Image) -> None:
    """Make `image` private."""
    image.write(*show_to(image, Image.Visibility.PRIVATE))


def shift_dates(image: Image, by: timedelta, offset: int | None = None) -> None:
    """Move the date of `image`, and say how far its clock was from UTC. Raises ValidationError."""
    image.write(*shifted(Taken.of(image), by, offset).put(image))


def _tag(image: Image, said: Said) -> None:
    add_tags(image, said.tags)


def _untag(image: Image, said: Said) -> None:
    remove_tags(image, said.tags)


_RULES = {
    Action.PUBLISH: _Rule(visible_images, may_edit, lambda image, said: publish(image, said.location)),
    Action.HIDE: _Rule(visible_images, may_edit, lambda image, _: hide(image)),
    Action.TAG: _Rule(visible_images, may_edit, _tag),
    Action.UNTAG: _Rule(visible_images, may_edit, _untag),
    Action.SHIFT_DATES: _Rule(
        visible_images, may_edit, lambda image, said: shift_dates(image, said.by, said.offset)
    ),
    Action.TRASH: _Rule(visible_images, may_delete, lambda image, _: trash(image)),
    Action.RESTORE: _Rule(
        trashed_images, may_delete, lambda image, said: restore(image, location=said.location)
    ),
}


@dataclass(frozen=True)
class Changes:
    """The images that were changed, and how many were not: hidden, absent and forbidden count alike.

    `undecided` are those that nobody said of whether to tell where they were taken: they stayed private, or
    came back so and are among `images` too. `failed` are those that cannot be changed so, each with why.
    """

    images: list[Image]
    refused: int
    undecided: list[Image] = field(default_factory=list)
    failed: list[tuple[Image, str]] = field(default_factory=list)


def act(user: AnyUser, action: str, ids: Iterable[UUID], said: Said | None = None) -> Changes:
    """Do `action` to those of the images that `user` may, with what was said. Copies without the place are
    made of those undecided, by ingest.copies.
    """
    said = said or Said()
    rule, ids = _RULES[Action(action)], set(ids)
    allowed = [image for image in rule.candidates(user).filter(pk__in=ids) if rule.may(user, image)]
    changed, undecided, failed = [], [], []
    for image in allowed:
        with transaction.atomic(), suppress(Image.DoesNotExist):  # purged just now, or no candidate any more
            now = locked(rule.candidates(user)).get(pk=image.pk)
            try:
                if rule.change(now, said):
                    undecided.append(now)
                changed.append(now)
            except LocationUndecided:
                undecided.append(now)
            except ValidationError as error:
                failed.append((now, " ".join(error.messages)))
    done = {image.pk for image in (*changed, *undecided, *(image for image, _ in failed))}
    return Changes(changed, len(ids - done), undecided, failed)
