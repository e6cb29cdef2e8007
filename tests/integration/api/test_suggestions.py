"""GET /api/v1/suggestions."""

import pytest

from images.catalogue import names
from images.catalogue.album_curation import create
from images.models import Tag
from tests.clients.api import client_of, problem, token_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db

SUGGESTIONS = "/api/v1/suggestions"


@pytest.fixture(autouse=True)
def tags(db) -> None:
    Tag.objects.create(name="Coast", key="coast", slug="coast", public=12, all=15)
    Tag.objects.create(name="Court", key="court", slug="court", public=0, all=3)


def test_it_suggests_what_may_come_next():
    response = client_of().get(SUGGESTIONS, {"search": "kite tag:co"})
    assert response.status_code == 200
    assert response.json() == {
        "suggestions": [
            {"text": "tag:Coast", "label": "Coast", "kind": "tag", "count": 12, "start": 5, "end": 11}
        ]
    }


def test_the_cursor_may_stand_anywhere():
    found = client_of().get(SUGGESTIONS, {"search": "tag:co  kite", "at": "6"}).json()["suggestions"]
    assert [(row["text"], row["start"], row["end"]) for row in found] == [("tag:Coast", 0, 6)]
    for at in ("12", "999999999999999999999"):
        assert client_of().get(SUGGESTIONS, {"search": "tag:co  kite", "at": at}).json() == {
            "suggestions": []
        }


def test_albums_to_file_in_are_asked_for(client):
    contributor = make_user("clara", "Contributors")
    create(contributor, "Coast", visibility="public")
    create(make_user("eva", "Editors"), "Court", visibility="public")
    asked = {"search": "album:co", "changeable": "1"}
    found = client.get(SUGGESTIONS, asked, headers=token_of(contributor)).json()["suggestions"]
    assert [row["label"] for row in found] == ["Coast"]
    assert client.get(SUGGESTIONS, asked).json() == {"suggestions": []}


def test_blanks_at_the_end_count():
    found = client_of().get(SUGGESTIONS, {"search": "tag:co "}).json()["suggestions"]
    assert (found[0]["kind"], found[0]["count"], found[0]["start"]) == ("field", None, 7)


def test_nothing_typed_is_the_fields():
    for query in ({}, {"search": ""}):
        assert client_of().get(SUGGESTIONS, query).json()["suggestions"][0]["text"] == "tag:"


def test_a_token_shows_what_its_person_sees(client):
    headers = token_of(make_user("vera", "Viewers"))
    found = client.get(SUGGESTIONS, {"search": "tag:co"}, headers=headers).json()["suggestions"]
    assert {row["label"]: row["count"] for row in found} == {"Coast": 15, "Court": 3}


def test_what_takes_too_long_is_said_to_be_busy(monkeypatch):
    monkeypatch.setattr("images.catalogue.search.DEADLINE", 0.2)
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
    monkeypatch.setattr("images.catalogue.suggestions.public_names", lambda field: names._rows(endless))
    response = client_of().get(SUGGESTIONS, {"search": "camera:ma"})
    assert problem(response) == (503, "busy")
    assert response["Retry-After"]


def test_an_answer_is_its_callers_own():
    response = client_of().get(SUGGESTIONS, {"search": "ta"})
    assert response["Cache-Control"] == "private, no-cache"
    assert {name.strip() for name in response["Vary"].split(",")} >= {"Cookie", "Authorization"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"search": "x" * 1_001}, "search"),
        ({"at": "-1"}, "at"),
        ({"at": "x"}, "at"),
        ({"search": "\0"}, "search"),
    ],
)
def test_what_cannot_be_meant_is_refused(query, field):
    response = client_of().get(SUGGESTIONS, query)
    assert problem(response) == (400, "validation_error")
    assert response.json()["errors"].keys() == {field}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_read(method):
    assert problem(getattr(client_of(make_user("eva", "Editors")), method)(SUGGESTIONS)) == (
        405,
        "method_not_allowed",
    )
