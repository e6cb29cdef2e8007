"""The admin's list of images in a large library: nothing is counted, sorted or looked through as a whole."""

import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.admin.changelist import PAGE_SIZE
from images.catalogue import counts
from images.catalogue.trash import trash
from images.models import Image
from tests.factories import add_image, make_image, make_user, sha256

pytestmark = pytest.mark.django_db

LIST = "/admin/images/image/"
NUMBER = 2 * PAGE_SIZE + 5


@pytest.fixture
def curator(client):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    return client


@pytest.fixture
def many() -> list[Image]:
    """More than two pages of rows without files, the newest first."""
    facts = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1}
    for number in range(NUMBER):
        Image.objects.create(
            hash=sha256(f"{number}".encode()),
            filename=f"{number:04}.jpg",
            alt_text="A kite" if number % 2 else "",
            **facts,
        )
    return list(Image.objects.all())


def shown(page: str) -> list[str]:
    return re.findall(r"(\d{4})\.jpg</a>", page)


def get(client, query: str = "") -> str:
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return response.content.decode()


def link(page: str, rel: str) -> str:
    found = re.search(rf'<a rel="{rel}" href="\?([^"]*)"', page)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize("order", ["", "o=6", "o=-6", "o=2", "o=-2", "q=jpg", "q=jpg+sort:-size"])
def test_every_image_is_on_one_page_forwards_and_back(curator, many, order):
    page, seen = get(curator, order), []
    seen.append(shown(page))
    while query := link(page, "next"):
        page = get(curator, query)
        seen.append(shown(page))
    assert [len(names) for names in seen] == [PAGE_SIZE, PAGE_SIZE, 5]
    assert len({name for names in seen for name in names}) == NUMBER
    for names in reversed(seen[:-1]):
        page = get(curator, link(page, "prev"))
        assert shown(page) == names
    assert not link(page, "prev")


def test_it_is_ordered_by_upload_and_name(curator, many):
    names = [image.filename[:4] for image in many]
    assert shown(get(curator)) == names[:PAGE_SIZE]
    assert shown(get(curator, "o=6")) == names[::-1][:PAGE_SIZE]
    assert shown(get(curator, "o=2")) == sorted(names)[:PAGE_SIZE]


def test_a_page_may_have_a_number_up_to_a_hundred(curator, many):
    names = [image.filename[:4] for image in many]
    assert shown(get(curator, "p=2")) == names[PAGE_SIZE : 2 * PAGE_SIZE]
    assert shown(get(curator, "p=3")) == names[2 * PAGE_SIZE :]
    for number in ("101", "99999999999999999999", "-1", "x"):
        assert curator.get(f"{LIST}?p={number}").status_code == 302


def test_a_place_in_another_order_is_none_in_this(curator, many):
    cursor = link(get(curator, "o=2"), "next").partition("p=")[2]
    assert curator.get(f"{LIST}?p={cursor}").status_code == 302


def test_the_number_is_told_up_to_a_bound(curator, many, monkeypatch):
    page = get(curator)
    assert f"{NUMBER} images" in page
    assert "across all pages" in page
    monkeypatch.setattr(counts, "MAX_COUNT", 100)
    page = get(curator)
    assert "100+ images" in page
    assert "across all pages" not in page  # nobody knows how many those are
    assert "100+" not in get(curator, link(page, "next"))  # told once


@pytest.mark.parametrize(
    "query", ["", "q=kite", "visibility__exact=public", "mime_type__exact=image/jpeg", "alt_text__isempty=1"]
)
def test_no_page_counts_or_compares_all(curator, many, query):
    with CaptureQueriesContext(connection) as asked:
        get(curator, query)
    assert len(asked) <= 9
    for sql in (query["sql"] for query in asked if "images_image" in query["sql"]):
        assert "DISTINCT" not in sql
        assert "LIMIT" in sql or '"images_image"."id" IN (' in sql, sql  # of those of a page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kite", NUMBER // 2),
        ("-has:alt", NUMBER - NUMBER // 2),
        ("0001 or 0002", 2),
        (sha256(b"7"), 1),
        (f"hash:{sha256(b'7')}", 1),
        ("type:png", 0),
    ],
)
def test_the_box_reads_the_language_of_searches(curator, many, text, found):
    page = get(curator, f"q={quote(text)}")
    assert f"{found} image" in page
    assert len(shown(page)) == min(found, PAGE_SIZE)


def test_what_is_no_search_is_said_and_finds_nothing(curator, many):
    page = get(curator, f"q={quote('colour:red')}")
    assert "colour" in page
    assert "errornote" in page or "messagelist" in page
    assert shown(page) == []


def test_the_trash_may_be_searched_for_too(curator):
    trash(add_image(make_image(seed=1), filename="0001.jpg"))
    add_image(make_image(seed=2), filename="0002.jpg")
    for query in ("q=is:trashed", "trash=only", "trash=only&q=0001"):
        assert shown(get(curator, query)) == ["0001"]
    assert shown(get(curator, "q=-is:trashed")) == ["0002"]


def test_filters_and_search_hold_together(curator, many):
    assert "1 image" in get(curator, "alt_text__isempty=1&q=0002")
    assert "0 images" in get(curator, "alt_text__isempty=1&q=0001")
    assert "0 images" in get(curator, "visibility__exact=private&q=0001")


def test_an_action_on_all_of_too_many_is_refused(curator, many, monkeypatch):
    monkeypatch.setattr("images.admin.actions.MAX_CHOSEN", 100)
    chosen = {"action": "make_private", "select_across": "1", "_selected_action": [many[0].pk], "index": 0}
    page = curator.post(LIST, chosen, follow=True).content.decode()
    assert "at most 100 images" in page
    assert not Image.objects.filter(visibility="private").exists()
    page = curator.post(f"{LIST}?q=kite", chosen, follow=True).content.decode()
    assert Image.objects.filter(visibility="private").count() == NUMBER // 2
