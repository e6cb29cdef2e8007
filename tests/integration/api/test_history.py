"""GET /api/v1/images/{id}/history and POST /api/v1/changes/{id}/undo."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.catalogue.trash import purge
from images.models import Change, Image
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_user, said_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(contributor) -> Image:
    return add_image(uploaded_by=contributor, title="Old", tags=["Porto"])


def url(image: Image) -> str:
    return f"{IMAGES}/{image.pk}"


def history(user, image: Image) -> list[dict]:
    response = client_of(user).get(f"{url(image)}/history")
    assert response.status_code == 200, response.json()
    assert response["Cache-Control"] == "private, no-cache"
    return response.json()["results"]


def undo(user, pk) -> tuple:
    response = client_of(user).post(f"/api/v1/changes/{pk}/undo")
    return problem(response) if response.status_code != 200 else (200, response.json())


def test_it_says_who_changed_what_when_the_latest_first(contributor, editor, image):
    client_of(contributor).patch(url(image), {"title": "New", "tags": ["Sea"]}, format="json")
    client_of(editor).post(f"{url(image)}/tags", {"add": ["Sky"], "remove": ["Sea"]}, format="json")
    client_of(editor).delete(url(image))
    client_of(contributor).post(f"{url(image)}/restore")
    found = history(contributor, image)
    assert [(step["by"], step["what"], step["changes"]) for step in found] == [
        ("contributor", "restore", [{"field": "trashed", "before": True, "after": False}]),
        ("editor", "trash", [{"field": "trashed", "before": False, "after": True}]),
        ("editor", "edit", [{"field": "tags", "before": ["Sea"], "after": ["Sky"]}]),
        (
            "contributor",
            "edit",
            [
                {"field": "title", "before": "Old", "after": "New"},
                {"field": "tags", "before": ["Porto"], "after": ["Sea"]},
            ],
        ),
    ]
    assert [step["undoable"] for step in found] == [True, False, True, True]
    assert len({step["action"] for step in found}) == 4
    assert {step["undoes"] for step in found} == {None}


def test_what_changes_nothing_is_no_step(contributor, image):
    client_of(contributor).patch(url(image), {"title": "Old", "tags": ["PORTO"]}, format="json")
    assert history(contributor, image) == []


def test_a_step_goes_back_and_that_can_be_undone(contributor, image):
    client_of(contributor).patch(
        url(image),
        {"title": "New", "tags": ["Sea"], "visibility": "private", "taken_at": "2026-03-01T12:00:00+02:00"},
        format="json",
    )
    names = ("title", "tags", "visibility", "taken_at", "taken_offset", "taken_day", "taken_from")
    changed = said_of(image, *names)
    (step,) = history(contributor, image)
    status, undone = undo(contributor, step["id"])
    assert (status, undone["results"]) == (
        200,
        [{"kind": "image", "id": str(image.pk), "status": 200, "code": "", "left": []}],
    )
    not_taken = {"taken_at": None, "taken_offset": None, "taken_day": None, "taken_from": ""}
    assert said_of(image, *names) == {"title": "Old", "tags": ["Porto"], "visibility": "public"} | not_taken
    back, there = history(contributor, image)
    assert (back["undoes"], there["undoable"], back["undoable"]) == (there["id"], False, True)
    assert client_of(contributor).post(undone["undo"]).status_code == 200
    assert said_of(image, *names) == changed


def test_what_is_as_it_was_already_is_not_undone_again(contributor, image):
    client_of(contributor).patch(url(image), {"title": "New"}, format="json")
    (step,) = history(contributor, image)
    assert undo(contributor, step["id"])[1]["undo"] is not None
    for pk in (step["id"], step["action"]):
        status, again = undo(contributor, pk)
        assert (status, again["undo"]) == (200, None)
        assert [result["status"] for result in again["results"]] == [200]
    assert len(history(contributor, image)) == 2


def test_what_another_changed_since_stays(contributor, editor, image):
    client_of(contributor).patch(url(image), {"title": "Mine", "description": "Mine"}, format="json")
    client_of(editor).patch(url(image), {"title": "Theirs"}, format="json")
    *_, mine = history(contributor, image)
    status, undone = undo(contributor, mine["id"])
    assert (status, undone["results"][0]["status"]) == (200, 409)
    assert (undone["results"][0]["code"], undone["results"][0]["left"]) == ("conflict", ["title"])
    assert said_of(image, "title", "description") == {"title": "Theirs", "description": ""}
    assert undo(contributor, mine["id"]) == (409, "conflict")


def test_what_another_said_again_stays_theirs(contributor, editor, image):
    client_of(contributor).patch(url(image), {"title": "New"}, format="json")
    for title in ("Old", "New"):
        client_of(editor).patch(url(image), {"title": title}, format="json")
    latest, between, mine = history(contributor, image)
    assert (latest["undoable"], mine["undoable"]) == (True, False)
    assert undo(contributor, mine["id"]) == (409, "conflict")
    for step in (latest, between):
        assert undo(editor, step["id"])[0] == 200
    assert history(contributor, image)[-1]["undoable"]
    assert undo(contributor, mine["id"])[0] == 200
    assert said_of(image, "title") == {"title": "Old"}


def test_who_may_edit_sees_it_and_undoes(contributor, viewer, stranger, image):
    client_of(contributor).patch(url(image), {"title": "New"}, format="json")
    (step,) = history(contributor, image)
    other = make_user("other", "Contributors")
    for user in (viewer, stranger, other):
        assert problem(client_of(user).get(f"{url(image)}/history")) == (403, "permission_denied")
        assert undo(user, step["id"]) == (403, "permission_denied")
    assert problem(client_of().get(f"{url(image)}/history")) == (401, "not_authenticated")
    assert undo(None, step["id"]) == (401, "not_authenticated")
    assert said_of(image, "title") == {"title": "New"}


def test_of_what_one_does_not_see_there_is_none(contributor, stranger, image):
    client_of(contributor).patch(url(image), {"visibility": "private"}, format="json")
    (step,) = history(contributor, image)
    assert problem(client_of(stranger).get(f"{url(image)}/history")) == (404, "not_found")
    for pk in (step["id"], step["action"], image.pk):
        assert undo(stranger, pk) == (404, "not_found")


def test_out_of_the_trash_and_into_it_by_who_may(contributor, editor, image):
    client_of(contributor).delete(url(image))
    trashed = Change.objects.get()
    assert undo(contributor, trashed.pk)[0] == 200
    assert said_of(image, "deleted_at", "visibility") == {"deleted_at": None, "visibility": "public"}
    restored = Change.objects.get(undoes=trashed.pk)
    assert undo(make_user("other", "Contributors"), restored.pk) == (403, "permission_denied")
    assert undo(editor, restored.pk)[0] == 200
    assert Image.objects.get().deleted_at


def test_a_purged_image_has_none(contributor, image):
    client_of(contributor).patch(url(image), {"title": "New"}, format="json")
    client_of(contributor).delete(url(image))
    purge(Image.objects.get())
    assert not Change.objects.exists()


def test_no_undo_publishes_where_it_was_taken_unless_somebody_said_so(contributor, settings, image):
    settings.IMAGELIB_LOCATIONS = "keep"
    Image.objects.update(has_location=True)
    client = client_of(contributor)
    client.patch(url(image), {"visibility": "private"}, format="json")
    settings.IMAGELIB_LOCATIONS = "ask"
    (step,) = history(contributor, image)
    assert undo(contributor, step["id"]) == (409, "location_undecided")
    client.patch(url(image), {"visibility": "public", "location": "keep"}, format="json")
    client.patch(url(image), {"visibility": "private"}, format="json")
    assert undo(contributor, history(contributor, image)[0]["id"])[0] == 200
    assert said_of(image, "visibility", "location_kept") == {"visibility": "public", "location_kept": True}


def test_its_pages_cost_few_queries_and_lose_nothing(contributor, image):
    client = client_of(contributor)
    for number in range(60):
        client.patch(url(image), {"title": str(number)}, format="json")
    path, found = f"{url(image)}/history", []
    while path:
        with CaptureQueriesContext(connection) as queries:
            page = client.get(path).json()
        assert len(queries) <= 8
        found += page["results"]
        path = page["next"]
    assert [step["changes"][0]["after"] for step in found] == [str(number) for number in reversed(range(60))]
    assert [step["undoable"] for step in found] == [True] + 59 * [False]


def test_a_write_costs_three_queries_more(contributor, image):
    client = client_of(contributor)
    with CaptureQueriesContext(connection) as queries:
        client.patch(url(image), {"title": "A"}, format="json")
    own = [query for query in queries if "images_change" in query["sql"] or "JSON" in query["sql"]]
    assert len(own) == 3
