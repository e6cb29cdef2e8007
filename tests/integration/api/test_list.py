"""GET /api/v1/images."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from images.catalogue import cursors as pagination
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.tags import set_tags
from images.catalogue.trash import trash
from images.models import Image
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


def titles(query: str = "", user=None) -> list[str]:
    """Return the titles of the first page, in its order."""
    response = client_of(user).get(f"{IMAGES}?{query}")
    assert response.status_code == 200, response.content
    return [image["title"] for image in response.json()["results"]]


def add_rows(count: int, **fields) -> None:
    """Add rows without bytes, the first the newest, titled by their number unless told otherwise."""
    now = timezone.now()
    facts = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"} | fields
    Image.objects.bulk_create(
        Image(hash=f"{number:064x}", **{"title": f"{number:04}"} | facts) for number in range(count)
    )
    for image in Image.objects.all():
        image.created_at = now - timedelta(seconds=int(image.hash, 16))
        image.save(update_fields=["created_at"])


def walk(path: str) -> list[list[dict]]:
    """Return the results of all pages from `path` on, following `next`."""
    pages = []
    while path:
        answer = client_of().get(path).json()
        pages.append(answer["results"])
        path = answer["next"]
    return pages


def test_people_see_what_they_may(viewer, contributor, stranger):
    for seed, (visibility, user) in enumerate(
        [("public", None), ("private", None), ("private", contributor), ("private", stranger)]
    ):
        title = f"{visibility} {user or ''}".strip()
        add_image(make_image(seed=seed), title=title, visibility=visibility, uploaded_by=user)
    assert titles() == ["public"]
    assert titles(user=stranger) == ["private stranger", "public"]
    assert titles(user=viewer) == ["private stranger", "private contributor", "private", "public"]


def test_uploaders_are_named_to_people_who_signed_in_only(contributor, stranger):
    add_image(uploaded_by=contributor)
    names = [
        client_of(user).get(IMAGES).json()["results"][0]["uploaded_by"]
        for user in (None, stranger, contributor)
    ]
    assert names == [None, "contributor", "contributor"]


def test_filters_search_and_ordering_are_applied_together():
    add_image(make_image(size=(80, 40)), title="Wide boat")
    add_image(make_image(size=(90, 40)), title="Wider boat")
    add_image(make_image(size=(90, 40), seed=1), title="Tree")
    add_image(make_image("PNG", size=(90, 40)), title="Boat drawing")
    assert titles("search=BOAT&type=jpeg&min_width=80&ordering=-width") == ["Wider boat", "Wide boat"]


def test_a_bad_filter_answers_400_and_names_it():
    response = client_of().get(f"{IMAGES}?type=bmp&min_width=wide")
    assert problem(response) == (400, "validation_error")
    assert response.json()["errors"].keys() == {"type", "min_width"}


def test_trashed_images_are_listed_only_when_asked_for_and_to_whom_they_may_restore(
    contributor, editor, viewer
):
    trash(add_image(uploaded_by=contributor, title="in the trash"))
    add_image(make_image(seed=1), title="there")
    assert titles() == titles("trashed=0") == titles(user=contributor) == ["there"]
    assert titles("trashed=1", contributor) == titles("trashed=1", editor) == ["in the trash"]
    assert titles("trashed=1") == titles("trashed=1", viewer) == []


def test_pages_follow_each_other_without_gap_or_repetition(monkeypatch):
    monkeypatch.setattr(pagination, "PAGE_SIZE", 4)
    add_rows(10)
    pages = walk(IMAGES)
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [image["title"] for page in pages for image in page] == [f"{number:04}" for number in range(10)]


@pytest.mark.parametrize("ordering", ["title", "-title", "size", "-width", "filename", "created_at"])
def test_pages_hold_all_images_in_any_order_even_when_all_are_equal(monkeypatch, ordering):
    monkeypatch.setattr(pagination, "PAGE_SIZE", 3)
    add_rows(10, title="")
    ids = [image["id"] for page in walk(f"{IMAGES}?ordering={ordering}") for image in page]
    assert len(ids) == len(set(ids)) == 10


def test_previous_leads_back_over_the_same_pages(monkeypatch):
    monkeypatch.setattr(pagination, "PAGE_SIZE", 4)
    add_rows(10)
    first = client_of().get(IMAGES).json()
    second = client_of().get(first["next"]).json()
    third = client_of().get(second["next"]).json()
    assert (first["previous"], third["next"]) == (None, None)
    back = client_of().get(third["previous"]).json()
    assert back["results"] == second["results"]
    assert client_of().get(back["next"]).json()["results"] == third["results"]
    start = client_of().get(back["previous"]).json()
    assert (start["results"], start["previous"]) == (first["results"], None)


def test_an_image_uploaded_between_two_pages_moves_none(monkeypatch):
    monkeypatch.setattr(pagination, "PAGE_SIZE", 2)
    add_rows(4)
    following = client_of().get(IMAGES).json()["next"]
    add_image(title="late")
    assert [image["title"] for image in client_of().get(following).json()["results"]] == ["0002", "0003"]


def test_links_keep_the_filters_and_the_public_origin(monkeypatch, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    monkeypatch.setattr(pagination, "PAGE_SIZE", 2)
    add_rows(3)
    following = client_of().get(f"{IMAGES}?type=jpeg&ordering=title").json()["next"]
    assert following.startswith("https://images.example.org/api/v1/images?")
    assert "type=jpeg" in following
    assert "ordering=title" in following


@pytest.mark.parametrize("cursor", ["x", "cD0xMjM=", "%00", "a:b:c", "é"])
def test_a_forged_cursor_answers_400(cursor):
    response = client_of().get(f"{IMAGES}?cursor={cursor}")
    assert problem(response) == (400, "validation_error")


def test_a_cursor_of_another_ordering_answers_400(monkeypatch):
    monkeypatch.setattr(pagination, "PAGE_SIZE", 2)
    add_rows(3)
    following = client_of().get(f"{IMAGES}?ordering=size").json()["next"]
    response = client_of().get(following.replace("ordering=size", "ordering=title"))
    assert list(response.json()["errors"]) == ["cursor"]


def test_a_page_costs_two_queries_one_for_all_tags_and_albums(django_assert_num_queries, contributor):
    add_rows(5, uploaded_by=contributor)
    Image.objects.update(derived_from=Image.objects.first())
    for image in Image.objects.all():
        set_tags(image, ["b", "a"])
        for title in ("B", "A"):
            file(contributor, create(contributor, title, visibility="public"), [image.pk])
    with django_assert_num_queries(2):
        results = client_of().get(IMAGES).json()["results"]
    assert [image["tags"] for image in results] == [["a", "b"]] * 5
    assert [[album["title"] for album in image["albums"]] for image in results] == [["A", "B"]] * 5


def test_answers_are_the_callers_own():
    response = client_of().get(IMAGES)
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Cookie", "Authorization"} <= set(response["Vary"].split(", "))


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
    ],
)
def test_programs_get_json_and_browsers_html(accept, content_type):
    add_image()
    assert client_of().get(IMAGES, headers={"accept": accept})["Content-Type"] == content_type


def test_what_is_neither_json_nor_html_answers_406():
    response = client_of().get(IMAGES, headers={"accept": "image/png"})
    assert problem(response) == (406, "not_acceptable")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_answer_405_with_allow(method):
    response = getattr(client_of(), method)(IMAGES)
    assert problem(response) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/images/", "/api/v2/images", "/api/v1/none", "/api/"])
def test_an_unknown_path_answers_404_as_a_problem(path):
    assert problem(client_of().get(path)) == (404, "not_found")


@pytest.mark.parametrize(("number", "status"), [(100, 200), (101, 400)])
def test_more_tags_than_an_image_has_are_refused(number, status):
    """Each would be looked for on every row, and an address has room for a thousand."""
    query = "&".join(f"tag=t{tag}" for tag in range(number))
    assert client_of().get(f"{IMAGES}?{query}").status_code == status
