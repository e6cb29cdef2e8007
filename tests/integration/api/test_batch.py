"""POST /api/v1/batch: one action on many images, each for itself, undone by the address it answers with."""

from datetime import date
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from images.catalogue import curation
from images.catalogue.album_curation import create
from images.catalogue.tags import tag_names
from images.maintenance.recounting import recount
from images.models import Favourite, Image
from tests.clients.api import client_of, problem
from tests.factories import add_image, make_image
from tests.files.located import photo

pytestmark = pytest.mark.django_db

BATCH = "/api/v1/batch"


@pytest.fixture
def mine(contributor) -> list[Image]:
    return [
        add_image(
            make_image(seed=n),
            filename=f"2026-07-0{n + 1} boat.jpg",
            uploaded_by=contributor,
            tags=["coast", f"n{n}"],
            visibility="private",
        )
        for n in range(4)
    ]


@pytest.fixture
def api(contributor):
    return client_of(contributor)


def send(api, **said) -> dict:
    response = api.post(BATCH, said, format="json")
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "private, no-cache"
    return response.json()


def ids(images) -> list[str]:
    return [str(image.pk) for image in images]


def state() -> list[tuple]:
    """Return what people said of all images."""
    return [
        (
            *(image.title, image.visibility, bool(image.deleted_at), image.taken_day, image.alt_text),
            *(sorted(tag_names(image)), sorted(image.albums.values_list("title", flat=True))),
        )
        for image in Image.objects.order_by("filename")
    ]


ACTIONS = {
    "tag": {"tags": ["Sea", "coast"]},
    "untag": {"tags": ["Coast"]},
    "visibility": {"visibility": "public"},
    "edit": {"changes": {"title": "Boat", "alt_text": "A boat", "taken_at": "2026-01-02T03:04:05+01:00"}},
    "shift_dates": {"minutes": 1440 * 31},
    "trash": {},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_it_is_done_to_each_and_undone_as_a_whole(api, mine, action):
    before = state()
    done = send(api, action=action, images=ids(mine), **ACTIONS[action])
    assert done["results"] == [{"id": pk, "status": 200, "code": ""} for pk in ids(mine)]
    assert all(now != was for now, was in zip(state(), before, strict=True))
    undone = api.post(urlsplit(done["undo"]).path)
    assert undone.status_code == 200, undone.content
    assert state() == before
    assert recount() == 0


def test_words_and_dates_become_those_that_are_said(api, mine):
    send(api, action="edit", images=ids(mine[:1]), **ACTIONS["edit"])
    image = Image.objects.get(pk=mine[0].pk)
    assert (image.title, image.alt_text, image.taken_day) == ("Boat", "A boat", date(2026, 1, 2))
    assert (image.taken_offset, image.taken_from) == (60, "hand")
    send(api, action="shift_dates", images=ids(mine[:1]), minutes=60, offset=120)
    image.refresh_from_db()
    assert image.taken_at.isoformat() == "2026-01-02T02:04:05+00:00"


def test_into_an_album_by_id_or_slug_and_out(api, contributor, mine):
    album = create(contributor, "Kites")
    done = send(api, action="file", album="kites", images=ids(mine))
    assert len(done["results"]) == album.images.count() == 4
    assert api.post(urlsplit(done["undo"]).path).status_code == 200
    assert not album.images.exists()
    send(api, action="file", album="kites", images=ids(mine))
    done = send(api, action="unfile", album=str(album.pk), images=ids(mine[1:]))
    assert album.images.get() == mine[0]
    assert api.post(urlsplit(done["undo"]).path).status_code == 200
    assert list(album.images.order_by("entries__position")) == mine


def test_of_each_it_is_said_what_became_of_it(api, editor, contributor, mine):
    theirs, absent = add_image(make_image(seed=8), uploaded_by=editor), str(uuid4())
    located = add_image(photo(), uploaded_by=contributor, visibility="private")
    asked = [absent, str(theirs.pk), str(located.pk), str(mine[0].pk)]
    done = send(api, action="visibility", visibility="public", images=asked)
    found = {result["id"]: (result["status"], result["code"]) for result in done["results"]}
    assert found == {
        str(mine[0].pk): (200, ""),
        absent: (404, "not_found"),
        str(theirs.pk): (403, "permission_denied"),
        str(located.pk): (409, "location_undecided"),
    }
    assert all(result["detail"] for result in done["results"] if result["code"])
    send(api, action="visibility", visibility="public", location="keep", images=[str(located.pk)])
    assert Image.objects.get(pk=located.pk).is_public


def test_copies_are_published_in_the_place_of_what_tells_where(api, contributor, mine):
    located = add_image(photo(7), uploaded_by=contributor, visibility="private")
    asked = ids([located, mine[0]])
    done = send(api, action="visibility", visibility="public", location="strip", images=asked)
    of_each = {result["id"]: result for result in done["results"]}
    assert of_each[str(mine[0].pk)] == {"id": str(mine[0].pk), "status": 200, "code": ""}
    copy = Image.objects.get(pk=of_each[str(located.pk)]["public_copy"])
    assert (copy.is_public, copy.has_location, copy.derived_from) == (True, False, located)
    located.refresh_from_db()
    assert not located.is_public


def test_favourites_are_the_callers_own(api, contributor, viewer, mine):
    assert send(api, action="favourite", images=ids(mine))["undo"] is None
    send(api, action="favourite", images=ids(mine[:1]))
    send(client_of(viewer), action="favourite", images=ids(mine[1:2]))
    send(api, action="unfavourite", images=ids(mine[1:3]))
    own = Favourite.objects.values_list("user__username", "image__filename").order_by("image__filename")
    assert list(own) == [
        ("contributor", mine[0].filename),
        ("viewer", mine[1].filename),
        ("contributor", mine[3].filename),
    ]


def test_nothing_that_was_changed_is_nothing_to_undo(api, mine):
    assert send(api, action="trash", images=[str(uuid4())])["undo"] is None
    assert send(api, action="visibility", visibility="private", images=ids(mine))["undo"] is None
    assert send(api, action="untag", tags=["absent"], images=ids(mine))["undo"] is None


def test_a_date_that_nobody_knows_is_refused_for_that_image(api, mine):
    Image.objects.filter(pk=mine[0].pk).update(taken_day=None, taken_at=None)
    done = send(api, action="shift_dates", minutes=1440, images=ids(mine))
    assert {result["id"]: result["code"] for result in done["results"]} == {
        **dict.fromkeys(ids(mine), ""),
        str(mine[0].pk): "validation_error",
    }


def test_all_that_a_search_finds(api, mine):
    done = send(api, action="tag", tags=["sea"], search="tag:n1 or tag:n2", count=2)
    assert sorted(result["id"] for result in done["results"]) == sorted(ids(mine[1:3]))
    send(api, action="trash", search="tag:sea", count=2)
    send(api, action="restore", search="is:trashed", count=2)
    assert not Image.objects.exclude(deleted_at=None).exists()


def test_a_search_finds_for_a_person_what_they_see(contributor, viewer, editor, mine):
    """Another's private image is not there for who may not see it, nor in the count."""
    add_image(make_image(seed=9), uploaded_by=editor, tags=["coast"], visibility="private")
    viewer.groups.clear()
    refused = client_of(viewer).post(
        BATCH, {"action": "tag", "tags": ["x"], "search": "tag:coast", "count": 1}, format="json"
    )
    assert problem(refused) == (409, "conflict")
    assert send(client_of(viewer), action="tag", tags=["x"], search="tag:coast", count=0)["results"] == []


def test_another_number_than_was_shown_changes_nothing(api, mine):
    before = state()
    response = api.post(BATCH, {"action": "trash", "search": "tag:coast", "count": 3}, format="json")
    assert problem(response) == (409, "conflict")
    assert response.json()["detail"] == "The search finds 4 images by now."
    assert state() == before


def test_too_many_are_refused(api, mine, monkeypatch):
    monkeypatch.setattr("images.api.batch.curation.MOST", 3)
    response = api.post(BATCH, {"action": "trash", "search": "", "count": 4}, format="json")
    assert problem(response) == (400, "validation_error")
    assert response.json()["errors"] == {"search": ["It finds more than 3 images: narrow it."]}


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, "action"),
        ({"action": "burn", "images": [str(uuid4())]}, "action"),
        ({"action": "trash"}, "images"),
        ({"action": "trash", "images": []}, "images"),
        ({"action": "trash", "images": ["x"]}, "images"),
        ({"action": "trash", "images": [str(uuid4())], "search": "", "count": 1}, "images"),
        ({"action": "trash", "search": "boat"}, "count"),
        ({"action": "trash", "images": [str(uuid4())], "count": 1}, "count"),
        ({"action": "tag", "images": [str(uuid4())]}, "tags"),
        ({"action": "tag", "images": [str(uuid4())], "tags": []}, "tags"),
        ({"action": "tag", "images": [str(uuid4())], "tags": ["a\0b"]}, "tags"),
        ({"action": "trash", "images": [str(uuid4())], "tags": ["a"]}, "tags"),
        ({"action": "file", "images": [str(uuid4())]}, "album"),
        ({"action": "visibility", "images": [str(uuid4())], "visibility": "secret"}, "visibility"),
        ({"action": "edit", "images": [str(uuid4())], "changes": {"tags": ["x"]}}, "changes"),
        ({"action": "edit", "images": [str(uuid4())], "changes": {"visibility": "public"}}, "changes"),
        ({"action": "edit", "images": [str(uuid4())], "changes": {"title": 5}}, "changes"),
        ({"action": "shift_dates", "images": [str(uuid4())]}, "minutes"),
        ({"action": "trash", "images": [str(uuid4())], "titel": "x"}, "titel"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(api, said, named):
    response = api.post(BATCH, said, format="json")
    assert problem(response) == (400, "validation_error")
    assert named in response.json()["errors"]


def test_a_search_that_is_not_understood_is_said_at_its_place(api):
    response = api.post(BATCH, {"action": "trash", "search": "boat colour:red", "count": 1}, format="json")
    assert (problem(response), response.json()["offset"]) == ((400, "validation_error"), 5)


def test_an_album_that_is_anothers(api, editor, contributor, mine):
    create(editor, "Theirs", visibility="public")
    create(editor, "Hidden")
    contributor.groups.clear()
    for slug, expected in (("theirs", (403, "permission_denied")), ("hidden", (404, "not_found"))):
        response = client_of(contributor).post(
            BATCH, {"action": "file", "album": slug, "images": ids(mine)}, format="json"
        )
        assert problem(response) == expected, slug


def test_it_is_for_people(client, mine):
    response = client.post(BATCH, {"action": "trash", "images": ids(mine)}, content_type="application/json")
    assert problem(response) == (401, "not_authenticated")


def test_what_one_batch_did_stays_when_another_fails(api, mine, monkeypatch):
    monkeypatch.setattr(curation, "BATCH", 2)
    calls = []
    write = curation.write_all

    def fails_later(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("gone")
        write(*args)

    monkeypatch.setattr(curation, "write_all", fails_later)
    api.raise_request_exception = False
    assert api.post(BATCH, {"action": "trash", "images": ids(mine)}, format="json").status_code == 500
    assert [bool(image.deleted_at) for image in Image.objects.order_by("filename")] == [
        True,
        True,
        False,
        False,
    ]
    assert recount() == 0
