"""/api/v1/shares: one's own links are made, listed, changed and revoked; the address is answered once."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from images.accounts.tokens import make_token
from images.catalogue import sharing
from images.catalogue.album_curation import create
from images.catalogue.shares import live_share
from images.catalogue.sharing import make_share
from images.models import ShareLink
from tests.clients.api import client_of, problem
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

SHARES = "/api/v1/shares"
FIELDS = {
    *("id", "target", "note", "expires_at", "has_password", "may_download", "may_locate", "visits"),
    *("last_visit_at", "revoked_at", "created_at"),
}
SEARCH = {"type": "search", "search": "tag:walk"}


def make(user, target=None, **said):
    return client_of(user).post(SHARES, {"target": target or SEARCH, **said}, format="json")


def soon(**delta: float) -> str:
    return (timezone.now() + timedelta(**delta)).isoformat()


def secret_of(answer: dict) -> str:
    return answer["url"].rpartition("/s/")[2]


@pytest.fixture
def own(contributor):
    return [
        add_image(make_image(seed=seed), uploaded_by=contributor, visibility="private") for seed in range(2)
    ]


def test_a_link_is_made_and_its_address_answered_once(contributor, own, settings):
    settings.IMAGELIB_PUBLIC_URL = None
    expires_at = soon(days=1)
    said = {"note": "Ana", "expires_at": expires_at, "password": "open sesame", "may_download": True}
    response = make(contributor, {"type": "image", "image": str(own[0].pk)}, **said)
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    made = response.json()
    assert made.keys() == FIELDS | {"url"}
    assert made["url"].startswith("http://testserver/s/")
    secret = secret_of(made)
    assert live_share(secret).image == own[0]
    assert check_password("open sesame", live_share(secret).password)
    address = f"{SHARES}/{made['id']}"
    assert response["Location"] == address
    del made["url"]
    assert made["target"] == {"type": "image", "image": str(own[0].pk)}
    assert datetime.fromisoformat(made.pop("expires_at")) == datetime.fromisoformat(expires_at)
    assert {name: made[name] for name in ("note", "has_password", "may_download", "may_locate")} == {
        "note": "Ana",
        "has_password": True,
        "may_download": True,
        "may_locate": False,
    }
    assert (made["visits"], made["last_visit_at"], made["revoked_at"]) == (0, None, None)
    for ask in (SHARES, address):
        answer = client_of(contributor).get(ask)
        assert answer["Cache-Control"] == "private, no-cache"
        text = answer.content.decode()
        for hidden in (secret, "sesame", live_share(secret).digest, live_share(secret).password):
            assert hidden not in text
    assert client_of(contributor).get(address).json().items() >= made.items()


def test_every_target_is_said_as_it_was(contributor, own):
    album = create(contributor, "Walk")
    ids = [str(image.pk) for image in reversed(own)]
    targets = [
        {"type": "image", "image": ids[0]},
        {"type": "album", "album": str(album.pk)},
        SEARCH,
        {"type": "selection", "images": ids},
    ]
    for target in targets:
        made = make(contributor, target).json()
        counted = {"count": 2} if "images" in target else {}
        assert made["target"] == target | counted
        one = client_of(contributor).get(f"{SHARES}/{made['id']}").json()
        assert one["target"] == target | counted
    rows = client_of(contributor).get(SHARES).json()["results"]
    listed = [row["target"] for row in reversed(rows)]
    assert listed == [*targets[:3], {"type": "selection", "count": 2}]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"target": {"type": "image"}}, "target"),
        ({"target": {"type": "tag"}}, "target"),
        ({"target": {}}, "target"),
        ({"target": "everything"}, "target"),
        ({"target": {"type": "search", "search": "tag:("}}, "search"),
        ({"target": {"type": "search", "search": "  "}}, "target"),
        ({"target": {"type": "search", "search": "is:trashed"}}, "search"),
        ({"target": {"type": "search", "search": 7}}, "target"),
        ({"target": SEARCH | {"album": str(uuid4())}}, "target"),
        ({"target": SEARCH | {"alblum": "x"}}, "target"),
        ({"target": {"type": "selection", "images": []}}, "target"),
        ({"target": {"type": "selection", "images": ["x"]}}, "target"),
        ({"target": {"type": "selection", "images": [str(uuid4())]}}, "images"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"note": "x" * 201}, "note"),
        ({"password": "x" * 129}, "password"),
        ({"password": 1234}, "password"),
        ({"password": "   "}, "password"),
        ({"may_downlaod": True}, "may_downlaod"),
    ],
)
def test_what_it_cannot_be_is_refused(contributor, said, field):
    response = client_of(contributor).post(SHARES, {"target": SEARCH, **said}, format="json")
    assert problem(response) == (400, "validation_error")
    errors = response.json()["errors"]
    assert errors.keys() == {field}
    assert all(isinstance(sentence, str) for sentence in errors[field])
    assert not ShareLink.objects.exists()


def test_it_takes_a_target(contributor):
    response = client_of(contributor).post(SHARES, {}, format="json")
    assert response.json()["errors"].keys() == {"target"}


def test_what_is_hidden_answers_as_what_is_not_there(stranger, own, contributor):
    album = create(contributor, "Hidden")
    for kind, hidden in (("image", own[0].pk), ("album", album.pk)):
        answers = [make(stranger, {"type": kind, kind: str(pk)}) for pk in (hidden, uuid4())]
        assert [problem(answer) for answer in answers] == [(404, "not_found")] * 2
        assert answers[0].json() == answers[1].json()
        assert answers[0].headers == answers[1].headers
    answers = [make(stranger, {"type": "selection", "images": [str(pk)]}) for pk in (own[0].pk, uuid4())]
    assert [problem(answer) for answer in answers] == [(400, "validation_error")] * 2


def test_what_one_sees_and_may_not_edit_is_forbidden(viewer, own, contributor):
    album = create(contributor, "Walk")
    for target in (
        {"type": "image", "image": str(own[0].pk)},
        {"type": "album", "album": str(album.pk)},
        {"type": "selection", "images": [str(own[0].pk)]},
    ):
        assert problem(make(viewer, target)) == (403, "permission_denied")
    assert not ShareLink.objects.exists()


def test_the_one_beyond_the_most_is_refused_in_words(contributor, monkeypatch):
    monkeypatch.setattr(sharing, "MOST", 1)
    assert make(contributor).status_code == 201
    response = make(contributor)
    assert problem(response) == (400, "validation_error")
    assert "the most" in str(response.json()["errors"]["non_field_errors"])


def test_terms_are_changed_and_the_target_stays(contributor):
    made = make(contributor, password="open sesame").json()
    address, secret = f"{SHARES}/{made['id']}", secret_of(made)

    def patch(**said):
        return client_of(contributor).patch(address, said, format="json")

    answer = patch(note="Ben", may_locate=True)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    assert answer.json().keys() == FIELDS
    assert (answer.json()["note"], answer.json()["may_locate"]) == ("Ben", True)
    assert answer.json()["has_password"]
    assert patch(**client_of(contributor).get(address).json()).status_code == 200  # what was read
    assert patch(target={"type": "search", "search": "x"}).json()["target"] == SEARCH
    assert patch(password="new").json()["has_password"]
    assert check_password("new", live_share(secret).password)
    for none in ("", None):
        patch(password="new")
        assert not patch(password=none).json()["has_password"]
    assert patch(expires_at=soon(hours=1)).json()["expires_at"]
    assert patch(expires_at=None).json()["expires_at"] is None
    for wrong in (
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"password": " "},
        {"notes": "x"},
        {"visits": 3, "x": 1},
    ):
        assert problem(patch(**wrong)) == (400, "validation_error")
    assert patch(visits=3).json()["visits"] == 0


def test_one_that_expired_is_changed_without_saying_when_it_ends(contributor):
    made = make(contributor).json()
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(days=1))
    answer = client_of(contributor).patch(f"{SHARES}/{made['id']}", {"note": "Late"}, format="json")
    assert answer.json()["note"] == "Late"


def test_it_is_revoked_and_stays_in_the_list(contributor):
    made = make(contributor).json()
    address = f"{SHARES}/{made['id']}"
    for _ in range(2):
        assert client_of(contributor).delete(address).status_code == 204
    with pytest.raises(ShareLink.DoesNotExist):
        live_share(secret_of(made))
    (row,) = client_of(contributor).get(SHARES).json()["results"]
    assert row["revoked_at"]
    answer = client_of(contributor).patch(address, {"note": "Ben"}, format="json")
    assert problem(answer) == (409, "conflict")


def test_one_whose_album_is_deleted_while_it_is_changed_is_not_there(contributor, monkeypatch):
    album = create(contributor, "Walk")
    made = make(contributor, {"type": "album", "album": str(album.pk)}).json()
    hashed = sharing.make_password

    def hash_and_delete(password):
        album.delete()
        return hashed(password)

    monkeypatch.setattr(sharing, "make_password", hash_and_delete)
    said = {"password": "open sesame"}
    answer = client_of(contributor).patch(f"{SHARES}/{made['id']}", said, format="json")
    assert problem(answer) == (404, "not_found")


def test_those_of_others_are_not_there(contributor, editor):
    made = make(contributor).json()
    address = f"{SHARES}/{made['id']}"
    other = client_of(editor)
    assert other.get(SHARES).json()["results"] == []
    for ask in (other.get, other.patch, other.delete):
        assert problem(ask(address)) == (404, "not_found")
        assert ask(address).json() == ask(f"{SHARES}/{uuid4()}").json()
    assert live_share(secret_of(made))


def test_nobody_has_none(client, contributor):
    made = make(contributor).json()
    address = f"{SHARES}/{made['id']}"
    for ask, path in ((client.get, SHARES), (client.post, SHARES), (client.get, address)):
        assert problem(ask(path)) == (401, "not_authenticated")
    for ask in (client.patch, client.delete):
        assert problem(ask(address)) == (401, "not_authenticated")


def test_a_token_that_reads_lists_and_neither_makes_changes_nor_revokes(contributor):
    made = make(contributor).json()
    address = f"{SHARES}/{made['id']}"
    robot = client_of()
    robot.credentials(HTTP_AUTHORIZATION=f"Token {make_token(contributor, scope='read')[1]}")
    assert len(robot.get(SHARES).json()["results"]) == 1
    assert robot.get(address).status_code == 200
    for response in (
        robot.post(SHARES, {"target": SEARCH}, format="json"),
        robot.patch(address, {"note": "x"}, format="json"),
        robot.delete(address),
    ):
        assert problem(response) == (403, "permission_denied")
    assert ShareLink.objects.get().revoked_at is None


def test_lists_are_pages_of_one_query(contributor, own, django_assert_num_queries):
    for number in range(60):
        of = ("tag:walk", own[0], [own[0].pk])[number % 3]
        make_share(contributor, of, note=str(number))
    client = client_of(contributor)
    with django_assert_num_queries(1):
        first = client.get(SHARES).json()
    second = client.get(first["next"]).json()
    notes = [row["note"] for page in (first, second) for row in page["results"]]
    assert notes == [str(number) for number in reversed(range(60))]
    assert second["next"] is None
    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert problem(client.get(f"{SHARES}?cursor=x")) == (400, "validation_error")


def test_one_and_its_changes_take_few_queries(contributor, own, django_assert_num_queries):
    share, _ = make_share(contributor, [image.pk for image in own])
    client = client_of(contributor)
    client.get(SHARES)
    contributor.has_perm("images.view_image")
    with django_assert_num_queries(2):
        client.get(f"{SHARES}/{share.pk}")
    with django_assert_num_queries(2):
        client.delete(f"{SHARES}/{share.pk}")
