"""ETag, If-Match and If-None-Match of /api/v1/images/{id} (RFC 9110, 13)."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from rest_framework.test import APIClient

from images.catalogue.trash import trash
from images.models import Image
from tests.clients.api import IMAGES, client_of, problem, token_of
from tests.factories import add_image, make_user
from tests.files.located import photo
from tests.resilience.races import start

pytestmark = pytest.mark.django_db


def url(image: Image) -> str:
    return f"{IMAGES}/{image.pk}"


def etag_for(user, image: Image, **headers) -> str:
    return client_of(user).get(url(image), headers=headers)["ETag"]


def test_an_image_has_a_strong_etag_that_stays_while_the_answer_does(editor):
    image = add_image()
    etag = etag_for(editor, image)
    assert etag.startswith('"')
    assert len(etag) == 66
    assert etag_for(editor, image) == etag
    assert client_of(editor).head(url(image))["ETag"] == etag
    Image.objects.update(verified_at="2026-11-01T00:00Z")  # nothing of it is answered
    assert etag_for(editor, image) == etag


@pytest.mark.parametrize(
    "change",
    [{"title": "New"}, {"alt_text": "New"}, {"visibility": "private"}, {"uploaded_by": None}, {"frames": 2}],
)
def test_it_is_another_after_each_change_whoever_made_it(editor, contributor, change):
    image = add_image(uploaded_by=contributor)
    before = etag_for(editor, image)
    Image.objects.update(**change)  # past save(): no new updated_at
    assert etag_for(editor, image) != before


def test_it_is_another_where_the_answer_is_another(editor, contributor):
    image = add_image(photo(), uploaded_by=contributor, location="keep")
    tags = [etag_for(user, image) for user in (None, editor, contributor)]
    assert tags[0] != tags[1]  # the location, the uploader's name, may_edit
    assert tags[1] == tags[2]  # the same answer to the byte
    for method in ("get", "patch"):
        html = getattr(client_of(editor), method)(url(image), headers={"accept": "text/html"})
        assert html.status_code == 200
        assert "ETag" not in html  # it has a CSRF token


def test_the_layout_that_is_asked_for_changes_neither_text_nor_etag(editor):
    image = add_image()
    answers = [
        client_of(editor).get(url(image), headers={"accept": accept})
        for accept in ("application/json", "application/json; indent=2")
    ]
    assert len({answer.content for answer in answers}) == 1
    assert len({answer["ETag"] for answer in answers}) == 1


@pytest.mark.parametrize("sent", [{}, {"title": "Old"}, {"title": " O\u202eld "}, {"hash": "0" * 64}])
def test_a_change_of_nothing_is_none(editor, sent):
    image = add_image(title="Old")
    before = etag_for(editor, image)
    assert client_of(editor).patch(url(image), sent, format="json")["ETag"] == before


def test_who_has_the_answer_is_told_so_in_an_empty_304(editor):
    image = add_image(visibility="private")
    answer = client_of(editor).get(url(image))
    for sent in (answer["ETag"], f"W/{answer['ETag']}", f'"x", {answer["ETag"]}', "*"):
        again = client_of(editor).get(url(image), headers={"if-none-match": sent})
        assert (again.status_code, again.content) == (304, b"")
        for header in ("ETag", "Cache-Control", "Vary"):
            assert again[header] == answer[header]
        # Of the answer that is not sent (RFC 9110, 8.6); middleware would say 0.
        assert again["Content-Length"] == str(len(answer.content))
    other = client_of(editor).get(url(image), headers={"if-none-match": '"x"'})
    assert (other.status_code, other.content) == (200, answer.content)


def test_who_may_not_see_an_image_learns_nothing_from_a_condition(editor, stranger):
    image = add_image(visibility="private")
    etag = etag_for(editor, image)
    for headers in ({"if-none-match": etag}, {"if-none-match": "*"}, {"if-match": '"x"'}):
        for method in ("get", "patch", "delete"):
            hidden = getattr(client_of(stranger), method)(url(image), headers=headers)
            absent = getattr(client_of(stranger), method)(f"{IMAGES}/{uuid.uuid4()}", headers=headers)
            assert problem(hidden) == (404, "not_found")
            assert (hidden.content, dict(hidden.headers)) == (absent.content, dict(absent.headers))


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_permission_comes_before_the_condition(viewer, method):
    response = getattr(client_of(viewer), method)(url(add_image()), headers={"if-match": '"x"'})
    assert problem(response) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("sent", "holds"),
    [
        ("{etag}", True),
        ('"x", {etag}', True),
        ("*", True),
        ("W/{etag}", False),  # a weak tag never matches strongly
        ('"x"', False),
        ("{etag_unquoted}", False),
        ("", False),
    ],
)
@pytest.mark.parametrize(("method", "status"), [("get", 200), ("patch", 200), ("delete", 204)])
def test_if_match(editor, method, status, sent, holds):
    image = add_image(title="Old")
    etag = etag_for(editor, image)
    sent = sent.format(etag=etag, etag_unquoted=etag.strip('"'))
    body = {"title": "New"} if method == "patch" else None
    headers = {"if-match": sent}
    response = getattr(client_of(editor), method)(url(image), body, format="json", headers=headers)
    if holds:
        assert response.status_code == status
        return
    assert problem(response) == (412, "precondition_failed")
    assert "ETag" not in response
    image.refresh_from_db()
    assert (image.title, image.deleted_at) == ("Old", None)


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_if_none_match_that_matches_forbids_a_change(editor, method):
    image = add_image(title="Old")
    headers = {"if-none-match": etag_for(editor, image)}
    response = getattr(client_of(editor), method)(url(image), headers=headers)
    assert problem(response) == (412, "precondition_failed")
    assert Image.objects.get().deleted_at is None


def test_patch_answers_with_the_etag_that_the_next_change_may_name(editor):
    image = add_image()
    etag = etag_for(editor, image)
    for title in ("A", "B"):
        changed = client_of(editor).patch(
            url(image), {"title": title}, format="json", headers={"if-match": etag}
        )
        assert changed.status_code == 200
        assert changed["ETag"] != etag
        read = client_of(editor).get(url(image))
        assert (read["ETag"], read.content) == (changed["ETag"], changed.content)
        etag = changed["ETag"]


def test_the_condition_is_judged_before_what_was_sent(editor):
    """RFC 9110, 13.2.1: only what would be refused before the content is looked at comes first."""
    image = add_image()
    headers = {"if-match": '"x"'}
    response = client_of(editor).patch(url(image), {"title": "x" * 201}, format="json", headers=headers)
    assert problem(response) == (412, "precondition_failed")


def test_an_image_in_the_trash_fails_no_condition_it_is_not_found(editor):
    image = add_image()
    etag = etag_for(editor, image)
    trash(image)
    for method in ("patch", "delete"):
        response = getattr(client_of(editor), method)(url(image), headers={"if-match": etag})
        assert problem(response) == (404, "not_found")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_changes_at_once_that_name_the_same_version_one_is_made():
    image = add_image()
    header = token_of(make_user("eva", "Editors"))
    together = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            etag = APIClient().get(url(image), headers=header)["ETag"]

            def patch(title: str, etag=etag) -> int:
                sent = {"title": title, "description": uuid.uuid4().hex}
                headers = header | {"if-match": etag}
                return APIClient().patch(url(image), sent, format="json", headers=headers).status_code

            tries = [start(pool, lambda title=title: patch(title), together) for title in "ABCD"]
            assert sorted(done.result() for done in tries) == [200, 412, 412, 412]
