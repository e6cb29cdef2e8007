"""A person is deleted: what they brought stays, all that signs in as them ends, and the name goes.

The rows say what becomes of most of it (on_delete): images, albums and changes are nobody's then; tokens,
invitations and favourites go. Here is what no foreign key knows of, and what would take too long at once.
"""

import time
from collections.abc import Iterable

from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from images.accounts.sessions import end_sessions
from images.errors import Busy
from images.models import Change, Image, SharedImage

BATCH = 1000  # rows written by one transaction, for which others wait
SECONDS = 20  # that a request takes of it
MADE_OR_GONE = (Change.What.CREATE, Change.What.DELETE)  # of which the history says who made the album


def let_go(people: Iterable[User]) -> None:
    """Have the images and changes of these people be nobody's, and the selections of their links empty,
    before they are deleted: PostgreSQL takes half a minute for 100,000 images, SQLite as long for 100 large
    selections, and its one writer would have all others wait. They are not active from then on.

    Raises Busy after SECONDS, with the rest to be let go by the next try.
    """
    deadline = time.monotonic() + SECONDS
    for person in people:
        User.objects.filter(pk=person.pk).update(is_active=False)
        for rows, name in ((Image.objects.all(), "uploaded_by"), (Change.objects.order_by(), "by")):
            theirs = rows.filter(**{name: person}).values_list("pk", flat=True)
            while batch := list(theirs[:BATCH]):
                rows.filter(pk__in=batch).update(**{name: None})
                _require_time(deadline)
        selected = SharedImage.objects.filter(share__maker=person).values_list("pk", flat=True)
        while batch := list(selected[:BATCH]):
            SharedImage.objects.filter(pk__in=batch).delete()
            _require_time(deadline)


def _require_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise Busy(_("This takes longer than a request may. Ask for it again, and it goes on."))


def delete_people(people: QuerySet[User]) -> None:
    """Delete these people. What others wrote, such as a note or a search, keeps a name that it has."""
    with transaction.atomic():
        for person in people.order_by("pk").iterator():
            end_sessions(person)
            AccessAttempt.objects.filter(username=person.get_username()).delete()
            _forget_in_log(person)
            _forget_in_history(person)
        people.delete()


def _forget_in_log(person: User) -> None:
    """Have the admin's log, which names what was changed, say of the person no more than that."""
    told = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)
    )
    told.update(object_repr=_("somebody who is gone"))


def _forget_in_history(person: User) -> None:
    """Have no album that is made again, after it was deleted, be of whoever has the name by then."""
    name = person.get_username()
    theirs = Q(before__made_by=name) | Q(after__made_by=name)
    changes = Change.objects.filter(theirs, kind=Change.Kind.ALBUM, what__in=MADE_OR_GONE)
    for pk in list(changes.values_list("pk", flat=True)):  # each may tell of thousands of images
        change = Change.objects.get(pk=pk)
        for state in (change.before, change.after):
            if state.get("made_by") == name:
                state["made_by"] = None
        change.save(update_fields=["before", "after"])
