"""Two people fill an album to its bound at the same time: it holds, and one is told why it is not filled."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError

from images.catalogue import album_entries
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file, unfile
from images.catalogue.undoing import undo
from images.maintenance.recounting import recount
from images.models import Album, Change, Image
from tests.factories import add_rows
from tests.resilience.races import start

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

BOUND, ROUNDS = 10, 8


@pytest.fixture
def images(monkeypatch) -> list[Image]:
    monkeypatch.setattr(album_entries, "MOST", BOUND)
    rows = add_rows(BOUND + 4)
    recount()
    return rows


def both(*acts: Callable) -> list:
    """Do this at the same time, each in a thread; return what it gives or raises."""
    together = threading.Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        ended = [start(pool, act, together) for act in acts]
        return [done.exception() or done.result() for done in ended]


def test_two_who_file_at_once_do_not_pass_the_bound(contributor, editor, images):
    ids = [image.pk for image in images]
    for round_ in range(ROUNDS):
        album = create(contributor, f"Kites {round_}")
        file(contributor, album, ids[: BOUND - 4])
        some = (ids[BOUND - 4 : BOUND], ids[BOUND:])
        answers = both(
            lambda album=album, some=some: file(contributor, Album.objects.get(pk=album.pk), some[0]),
            lambda album=album, some=some: file(editor, Album.objects.get(pk=album.pk), some[1]),
        )
        (refused,) = [answer for answer in answers if answer]
        assert isinstance(refused, ValidationError)
        assert refused.message_dict == {"images": ["An album has at most 10 images."]}
        there = set(album.entries.values_list("image", flat=True))
        assert there == {*ids[: BOUND - 4], *some[answers.index(None)]}
        assert Album.objects.get(pk=album.pk).all == BOUND
    assert recount() == 0


def test_who_undoes_meanwhile_does_not_pass_it_either(contributor, editor, images):
    ids = [image.pk for image in images]
    for round_ in range(ROUNDS):
        album = create(contributor, f"Kites {round_}")
        file(contributor, album, ids[:BOUND])
        unfile(contributor, album, ids[:4])
        taken_out = Change.objects.latest("at")
        filed, undone = both(
            lambda album=album: file(editor, Album.objects.get(pk=album.pk), ids[BOUND:]),
            lambda change=taken_out: undo(contributor, change.pk).results[0].code,
        )
        assert (filed is None) == (undone == "conflict")
        if filed:
            assert filed.message_dict == {"images": ["An album has at most 10 images."]}
        assert Album.objects.get(pk=album.pk).all == album.entries.count() == BOUND
    assert recount() == 0
