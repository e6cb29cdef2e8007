"""What was changed goes back, by another change that names it: so that can be undone, too.

Only what is still so goes back. What somebody changed since stays theirs, though it be the same again.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser, trashed_images, visible_images
from images.catalogue.history import is_recorded
from images.catalogue.undone import Result, already_undone
from images.catalogue.undone_albums import undo_album
from images.catalogue.undone_images import undo_images
from images.catalogue.undone_tags import drop_new_name, is_of_images, undo_tag, unmakes
from images.errors import Busy
from images.models import Change

SECONDS = 20  # after which a request begins no other batch
BATCH = 200  # images that one transaction changes: with SQLite, every other writer waits for it


@dataclass(frozen=True)
class Undone:
    """The action that undid, and what became of each change that this person may know of."""

    action: UUID
    results: list[Result] = field(default_factory=list)

    def is_change(self) -> bool:
        """Whether it changed something, which can be undone in turn."""
        return is_recorded(self.action)


def undo(user: AnyUser, pk: UUID, seconds: float = SECONDS) -> Undone:
    """Undo the change of this id, or all changes of the action of this id.

    Raises Change.DoesNotExist where `user` sees none, and Busy after so many seconds: doing it again goes on.
    """
    undone, deadline, is_begun = Undone(uuid4()), time.monotonic() + seconds, False
    for batch in _of(pk):
        before = already_undone(batch) if len(batch) > 1 else set()
        there = _seen(user, batch) if before else set()
        undone.results.extend(Result(of) for of in batch if of.pk in before and of.target in there)
        rest = [change for change in batch if change.pk not in before]
        if not rest:
            continue
        if is_begun and time.monotonic() >= deadline:
            raise Busy(_("There is more to undo. Ask again, to go on with it."))
        results = _undo(user, rest, undone.action)
        undone.results.extend(results)
        is_begun = is_begun or any(result.undone for result in results)  # or asking again would not go on
    for renamed in [result.change for result in undone.results if result.change.what == Change.What.RENAME]:
        drop_new_name(user, renamed, undone.action)
    if not undone.results:
        raise Change.DoesNotExist("There is no such change.")
    return undone


def _undo(user: AnyUser, changes: Sequence[Change], action: UUID) -> list[Result]:
    """Undo changes of images, or one of an album or tag; what is not there for `user` has no result."""
    if changes[0].kind == Change.Kind.IMAGE:
        return undo_images(user, changes, action)
    undo_one = undo_album if changes[0].kind == Change.Kind.ALBUM else undo_tag
    return [result for change in changes if (result := undo_one(user, change, action))]


def _of(pk: UUID) -> Iterable[list[Change]]:
    """Return the change of this id, or of the action of this id all, in batches and in the order in which
    they go back: tags are made before images get them, and deleted when no image has them any more.
    """
    one = Change.objects.filter(pk=pk).first()
    if one and not is_of_images(one):
        return [[one]]
    changes = Change.objects.filter(action=one.action if one else pk)
    others = list(changes.exclude(kind=Change.Kind.IMAGE))
    first = [[change] for change in others if not unmakes(change)]
    last = [[change] for change in others if unmakes(change)]
    return chain(first, _batches(changes.filter(kind=Change.Kind.IMAGE)), last)


def _seen(user: AnyUser, changes: Sequence[Change]) -> set[str]:
    """Return the ids of those of the images that are there for `user`, in the trash or not."""
    ids = [change.target for change in changes]
    rows = (visible_images(user).filter(pk__in=ids), trashed_images(user).filter(pk__in=ids))
    return {str(pk) for some in rows for pk in some.values_list("pk", flat=True)}


def _batches(changes: QuerySet[Change]) -> Iterator[list[Change]]:
    batch = list(changes.order_by("pk")[:BATCH])
    while batch:
        yield from _once_each(batch)
        batch = list(changes.filter(pk__gt=batch[-1].pk).order_by("pk")[:BATCH])


def _once_each(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Yield changes in batches that have one of each image: of several the latest goes back first."""
    of_each = defaultdict[str, list[Change]](list)
    for change in sorted(changes, key=lambda change: change.at, reverse=True):
        of_each[change.target].append(change)
    for some in zip_longest(*of_each.values()):
        yield [change for change in some if change]
