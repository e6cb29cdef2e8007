"""An undoing cut short by the death of its process: asked again it goes on, and nothing is undone twice."""

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest import mock
from uuid import UUID

import pytest
from django.db import connections

from images.catalogue import undoing, undone_images
from images.catalogue.album_curation import create
from images.catalogue.curation import act, filing, showing, unfiling
from images.catalogue.history import states
from images.catalogue.undoing import undo
from images.maintenance.recounting import recount
from images.models import Album, AlbumEntry, Change, Image
from tests.factories import add_rows
from tests.resilience.killed_uploads import die
from tests.servers.machine import until

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.drill,
    pytest.mark.race,
]

COUNT, BATCH = 12, 4


def at_the_second(target: object, name: str, *, is_done: bool) -> AbstractContextManager:
    """Die when this is called for the second time: when it `is_done`, or instead."""
    original, calls = getattr(target, name), []

    def called(*args, **kwargs):
        calls.append(name)
        if len(calls) == 2 and not is_done:
            die()
        answer = original(*args, **kwargs)
        return die() if len(calls) == 2 else answer

    return mock.patch.object(target, name, called)


STEPS = {
    "before a batch is begun": lambda: at_the_second(undoing, "undo_images", is_done=False),
    "before its images are written": lambda: at_the_second(undone_images, "write_all", is_done=False),
    "before it is in the history": lambda: at_the_second(undone_images, "write_all", is_done=True),
    "when it was committed": lambda: at_the_second(undoing, "undo_images", is_done=True),
}
DONE = dict.fromkeys(STEPS, BATCH) | {"when it was committed": 2 * BATCH}


def die_while_undoing(user, action: UUID, step: Callable[[], AbstractContextManager]) -> None:
    """Undo in a child process that dies there."""
    connections.close_all()  # a connection must not be shared with the child
    child = os.fork()
    if not child:
        try:
            with step():
                undo(user, action)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def undone() -> list[str]:
    """Return the images of which a change was undone, as often as it was."""
    return sorted(Change.objects.filter(undoes__isnull=False).values_list("target", flat=True))


@pytest.mark.parametrize("step", STEPS)
def test_what_was_undone_when_it_died_is_whole_and_the_rest_is_gone_on_with(editor, monkeypatch, step):
    monkeypatch.setattr(undoing, "BATCH", BATCH)
    ids = [image.pk for image in add_rows(COUNT)]
    recount()
    before = states(ids)
    done = act(editor, showing("private"), ids)
    die_while_undoing(editor, done.action, STEPS[step])
    assert len(undone()) == DONE[step]
    public = {str(pk) for pk in Image.objects.filter(visibility="public").values_list("pk", flat=True)}
    assert public == set(undone())
    assert recount() == 0
    assert {result.code for result in undo(editor, done.action).results} == {""}
    assert undone() == sorted(map(str, ids))
    assert states(ids) == before
    assert recount() == 0


def test_thousands_killed_at_any_moment_are_each_undone_once(editor):
    ids = [image.pk for image in add_rows(2_000)]
    recount()
    before = states(ids[:1])
    done = act(editor, showing("private"), ids)
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            undo(editor, done.action)
            signal.pause()  # it was not in the middle, and that is asserted
        finally:
            os._exit(1)
    try:
        assert until(lambda: bool(undone()))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert 0 < len(undone()) < 2_000
    undo(editor, done.action)
    assert undone() == sorted(map(str, ids))
    assert not Image.objects.filter(visibility="private").exists()
    assert states(ids[:1]) == before
    assert recount() == 0


@pytest.mark.parametrize("what", [filing, unfiling])
def test_albums_are_gone_on_with_too(editor, monkeypatch, what):
    monkeypatch.setattr("images.catalogue.curation.BATCH", BATCH)
    ids, album = [image.pk for image in add_rows(COUNT)], create(editor, "Kites")
    recount()
    if what is unfiling:
        act(editor, filing(editor, album), ids)
    before = entries()
    done = act(editor, what(editor, album), ids)
    die_while_undoing(editor, done.action, lambda: at_the_second(undoing, "undo_album", is_done=False))
    assert len(undone()) == 1
    assert recount() == 0
    undo(editor, done.action)
    assert len(undone()) == COUNT // BATCH
    assert entries() == before
    assert recount() == 0
    assert Album.objects.get().all == len(before)


def entries() -> list[UUID]:
    return list(AlbumEntry.objects.order_by("position").values_list("image", flat=True))
