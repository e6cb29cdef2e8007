"""Actions on many images at once, each for itself: those that the person may change are changed, and of every
other it is said why it was not.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser, may_delete, may_edit, trashed_images, visible_images
from images.catalogue.album_entries import file, unfile
from images.catalogue.favourites import favour, unfavour
from images.catalogue.history import recorded
from images.catalogue.publishing import show_to
from images.catalogue.search import search_deadline
from images.catalogue.tags import change_tags_of
from images.catalogue.taken import Taken, shifted
from images.catalogue.trash import put_away, taken_out
from images.concurrency.locks import locked
from images.errors import Conflict, LocationUndecided
from images.models import Album, Image
from images.models.many import write_all

MOST = 10_000  # images that one action is about
BATCH = 200  # that one transaction changes: with SQLite, every other writer waits for it

Every = Callable[[int], list[UUID] | None]  # the ids of all images, None where these are more than so many
Refusals = dict[UUID, Exception]
Change = Callable[[Sequence[Image], dict[UUID, str], UUID], Refusals]  # images, notices, action


@dataclass(frozen=True)
class Changes:
    """What became of many images, by their ids.

    `images` were changed, or were as asked already; `notices` say of some what was not done as asked. Of the
    others `refusals` say why: DoesNotExist of what is hidden or absent, PermissionDenied, LocationUndecided,
    or ValidationError; `refused` has those that the person sees. What was changed goes back by undoing the
    `action`.
    """

    images: dict[UUID, Image] = field(default_factory=dict)
    notices: dict[UUID, str] = field(default_factory=dict)
    refused: dict[UUID, Image] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=dict)
    action: UUID = field(default_factory=uuid4)

    def refused_by(self, *kinds: type[Exception]) -> list[UUID]:
        """Return the ids of the images that were refused by an exception of one of these kinds."""
        return [pk for pk, error in self.refusals.items() if isinstance(error, kinds)]


@dataclass(frozen=True)
class Act:
    """Among which images a person may choose, which of those they may change, and the change of some whose
    rows are locked: it returns why others were not, and may add notices. The action is for the history of an
    album.
    """

    candidates: Callable[[AnyUser], QuerySet[Image]]
    may: Callable[[AnyUser, Image], bool]
    change: Change


def all_of(every: Every, count: int) -> list[UUID]:
    """Return the ids of `every` image of a search or an album, of which the person was shown this `count`.

    Raises ValidationError where they are more than MOST, and Conflict where they are not as many by now.
    """
    with search_deadline():
        ids = every(MOST)
    if ids is None:
        raise ValidationError(_("It finds more than %d images: narrow it.") % MOST)
    if len(ids) != count:
        raise Conflict(_("The search finds %(found)d images by now.") % {"found": len(ids)})
    return ids


def act(user: AnyUser, what: Act, ids: Iterable[UUID]) -> Changes:
    """Do this to those of the images that `user` may. A batch is one transaction.

    Raises ValidationError, before anything is changed, where what is asked makes no sense for any image.
    """
    changes = Changes()
    for batch in _batches(dict.fromkeys(ids)):
        with transaction.atomic():
            rows = what.candidates(user).filter(pk__in=batch).defer("search_text")
            there = {image.pk: image for image in locked(rows).order_by("pk")}  # all lock in one order
            allowed = [there[pk] for pk in batch if pk in there and what.may(user, there[pk])]
            notices = dict[UUID, str]()
            with recorded(user, [image.pk for image in allowed], changes.action):
                refusals = what.change(allowed, notices, changes.action) if allowed else {}
        # Not before it is committed: what fails was not done.
        changes.notices.update(notices)
        changes.images.update({image.pk: image for image in allowed if image.pk not in refusals})
        refusals |= {pk: PermissionDenied() for pk in there.keys() - {image.pk for image in allowed}}
        changes.refused.update({pk: there[pk] for pk in refusals})
        refusals |= {pk: Image.DoesNotExist() for pk in batch if pk not in there}
        changes.refusals.update({pk: refusals[pk] for pk in batch if pk in refusals})
    return changes


def showing(visibility: str, location: str = "") -> Act:
    """Give images this visibility, with this said of the place (publishing.Location, or nothing). Copies
    without the place are made of those undecided, by ingest.copies.
    """
    return Act(visible_images, may_edit, _each(lambda image: (show_to(image, visibility, location), "")))


def tagging(add: Collection[str] = (), remove: Collection[str] = ()) -> Act:
    """Add tags of these names, or take them off."""
    return Act(visible_images, may_edit, lambda images, *_: change_tags_of(images, add, remove))


def shifting_dates(by: timedelta, offset: int | None = None) -> Act:
    """Move dates on, and say how far clocks were from UTC (minutes east, None: as it is)."""
    return Act(visible_images, may_edit, _each(lambda image: (_shifted(image, by, offset), "")))


def editing(prepare: Callable[[Image], Sequence[str]]) -> Act:
    """Let `prepare` set fields of each row, and write those that it names."""
    return Act(visible_images, may_edit, _each(lambda image: (prepare(image), "")))


def trashing() -> Act:
    return Act(visible_images, may_delete, _each(lambda image: (put_away(image), "")))


def restoring(location: str = "") -> Act:
    return Act(trashed_images, may_delete, _each(partial(taken_out, location=location)))


def filing(user: AnyUser, album: Album) -> Act:
    """Put images into `album`, which `user` may change, behind those that are there."""
    return Act(visible_images, _anybody, _all_or_each(partial(file, user, album)))


def unfiling(user: AnyUser, album: Album) -> Act:
    """Take images out of `album`, which `user` may change."""
    return Act(visible_images, _anybody, _all_or_each(partial(unfile, user, album)))


def favouring(user: AnyUser, *, is_favourite: bool = True) -> Act:
    """Have images among the favourites of `user`, or no more; that is no change of theirs."""
    change = favour if is_favourite else unfavour

    def mark(images: Sequence[Image], *_: object) -> Refusals:
        change(user, images)
        return {}

    return Act(visible_images, _anybody, mark)


def put(image: Image, values: Mapping[str, Any]) -> list[str]:
    """Let the row say this; return the names of the fields that changed, for `editing`."""
    changed = [name for name, value in values.items() if value != getattr(image, name)]
    for name in changed:
        setattr(image, name, values[name])
    return changed


def publish(image: Image, location: str = "", visibility: str = Image.Visibility.PUBLIC) -> None:
    """Make `image` public, or unlisted. Raises LocationUndecided."""
    image.write(*show_to(image, visibility, location))


def hide(image: Image) -> None:
    """Make `image` private."""
    image.write(*show_to(image, Image.Visibility.PRIVATE))


def shift_dates(image: Image, by: timedelta, offset: int | None = None) -> None:
    """Move the date of `image`, and say how far its clock was from UTC. Raises ValidationError."""
    image.write(*_shifted(image, by, offset))


def _shifted(image: Image, by: timedelta, offset: int | None) -> Sequence[str]:
    return shifted(Taken.of(image), by, offset).put(image)


def _anybody(user: AnyUser, image: Image) -> bool:
    return True


def _each(prepare: Callable[[Image], tuple[Sequence[str], str]]) -> Change:
    """Return the change that has `prepare` set fields of each row, and writes all at once. It returns which
    those are, and a notice or none; it raises LocationUndecided or ValidationError.
    """

    def change(images: Sequence[Image], notices: dict[UUID, str], action: UUID) -> Refusals:
        refusals, fields, ready = Refusals(), set[str](), list[Image]()
        for image in images:
            try:
                changed, notice = prepare(image)
            except (LocationUndecided, ValidationError) as error:
                refusals[image.pk] = error
                continue
            if notice:
                notices[image.pk] = notice
            if changed:
                ready.append(image)
                fields.update(changed)
        write_all(ready, *sorted(fields))
        return refusals

    return change


def _all_or_each(put: Callable[..., Any]) -> Change:
    """Return the change that calls `put` with the ids of all, and where that raises ValidationError with one
    after the other.
    """

    def change(images: Sequence[Image], notices: dict[UUID, str], action: UUID) -> Refusals:
        refusals = Refusals()
        try:
            put([image.pk for image in images], action=action)
        except ValidationError:
            for image in images:
                try:
                    put([image.pk], action=action)
                except ValidationError as error:
                    refusals[image.pk] = error
        return refusals

    return change


def _batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        yield batch
