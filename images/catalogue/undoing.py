"""What was changed goes back, by another change that names it: so that can be undone, too.

Only what is still so goes back. What somebody changed since stays theirs, though it be the same again.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser, trashed_images, visible_images
from images.catalogue.undone import Result, already_undone
from images.catalogue.undone_albums import undo_album
from images.catalogue.undone_images import undo_image
from images.catalogue.undone_taggings import undo_taggings
from images.catalogue.undone_tags import drop_new_name, is_of_images, undo_tag, unmakes
from images.errors import Busy
from images.models import Change

SECONDS = 20  # after which a request begins no other change; of an image it takes some milliseconds
BATCH = 500  # changes read at once; those of tags alone are one transaction


UNDO = {Change.Kind.IMAGE: undo_image, Change.Kind.ALBUM: undo_album, Change.Kind.TAG: undo_tag}


@dataclass(frozen=True)
class Undone:
    """The action that undid, and what became of each change that this person may know of."""

    action: UUID
    results: list[Result] = field(default_factory=list)


def undo(user: AnyUser, pk: UUID, seconds: float = SECONDS) -> Undone:
    """Undo the change of this id, or all changes of the action of this id.

    Raises Change.DoesNotExist where `user` sees none, and Busy after so many seconds: doing it again goes on.
    """
    undone, deadline, is_begun = Undone(uuid4()), time.monotonic() + seconds, False
    for batch in _of(pk):
        if len(batch) > 1:
            before = already_undone(batch)
            there = _seen(user, batch)
            undone.results.extend(Result(c) for c in batch if c.pk in before and c.target in there)
            rest = [change for change in batch if change.pk not in before]
            undone.results.extend(undo_taggings(user, rest, undone.action))
        done = {result.change.pk for result in undone.results}
        for change in batch:
            if change.pk in done:
                continue
            if is_begun and time.monotonic() >= deadline:
                raise Busy(_("There is more to undo. Ask again, to go on with it."))
            is_begun = True
            if result := UNDO[Change.Kind(change.kind)](user, change, undone.action):
                undone.results.append(result)
    for renamed in [result.change for result in undone.results if result.change.what == Change.What.RENAME]:
        drop_new_name(user, renamed, undone.action)
    if not undone.results:
        raise Change.DoesNotExist("There is no such change.")
    return undone


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
        yield batch
        batch = list(changes.filter(pk__gt=batch[-1].pk).order_by("pk")[:BATCH])
