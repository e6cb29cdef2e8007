"""What was changed goes back, by another change that names it: so that can be undone, too.

Only what is still so goes back. What somebody changed since stays theirs, though it be the same again.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser
from images.catalogue.undone import Result
from images.catalogue.undone_albums import undo_album
from images.catalogue.undone_images import undo_image
from images.errors import Busy
from images.models import Change

SECONDS = 20  # after which a request begins no other change; of an image it takes some milliseconds
BATCH = 100  # changes read at once


UNDO = {Change.Kind.IMAGE: undo_image, Change.Kind.ALBUM: undo_album}


@dataclass(frozen=True)
class Undone:
    """The action that undid, and what became of each change that this person may know of."""

    action: UUID
    results: list[Result] = field(default_factory=list)


def undo(user: AnyUser, pk: UUID, seconds: float = SECONDS) -> Undone:
    """Undo the change of this id, or all changes of the action of this id.

    Raises Change.DoesNotExist where `user` sees none, and Busy after so many seconds: doing it again goes on.
    """
    undone, deadline = Undone(uuid4()), time.monotonic() + seconds
    changes = Change.objects.filter(action=pk)
    for change in _each(changes) if changes.exists() else Change.objects.filter(pk=pk):
        if undone.results and time.monotonic() >= deadline:
            raise Busy(_("There is more to undo. Ask again, to go on with it."))
        if result := UNDO[Change.Kind(change.kind)](user, change, undone.action):
            undone.results.append(result)
    if not undone.results:
        raise Change.DoesNotExist("There is no such change.")
    return undone


def _each(changes: QuerySet[Change]) -> Iterator[Change]:
    """Yield the changes of an action, batch by batch."""
    batch = list(changes.order_by("pk")[:BATCH])
    while batch:
        yield from batch
        batch = list(changes.filter(pk__gt=batch[-1].pk).order_by("pk")[:BATCH])
