"""The admin's start page: how much there is, and what waits for a curator."""

from datetime import UTC, datetime
from html import unescape

import pytest

from images.catalogue.figures import Figures, figures
from images.catalogue.trash import trash
from images.models import Figure, Image
from tests.clients.commands import run
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

START = "/admin/"


def add_images():
    """Two with words, one private, one in the trash, of 5 images."""
    images = [
        add_image(
            make_image(seed=seed),
            alt_text="A kite." if seed < 2 else "",
            visibility="private" if seed == 3 else "public",
        )
        for seed in range(5)
    ]
    trash(images[4])
    return images


def test_it_counts():
    images = add_images()
    size = sum(image.size for image in images)
    assert figures() == Figures(images=4, private=1, described=2, trashed=1, size=size)


@pytest.mark.parametrize(
    ("images", "described", "percent"), [(3, 0, 0), (3, 1, 33), (1000, 999, 99), (7, 7, 100)]
)
def test_the_share_with_words_is_full_only_when_none_is_without(images, described, percent):
    assert Figures(images, 0, described, 0, 0).percent_described == percent


def test_an_empty_library_has_figures_too(client):
    assert figures() == Figures(images=0, private=0, described=0, trashed=0, size=0)
    client.force_login(make_user("curator", "Editors", is_staff=True))
    assert "meter" not in client.get(START).content.decode()


def test_it_tells_and_leads_there(client, django_assert_max_num_queries):
    add_images()
    client.force_login(make_user("curator", "Editors", is_staff=True))
    with django_assert_max_num_queries(9):
        page = " ".join(client.get(START).content.decode().split())
    for href, label in (
        ("/admin/images/image/", "4"),
        ("/admin/images/image/?alt_text__isempty=1&amp;decorative__exact=0", "2"),
        ("/admin/images/image/?visibility__exact=private", "1"),
        ("/admin/images/image/?trash=only", "1"),
    ):
        assert f'<a href="{href}">{label}</a>' in page
        assert client.get(unescape(href)).status_code == 200
    assert "50&nbsp;%" in page
    assert '<a href="/words">' in page
    Image.objects.update(decorative=True)
    assert '<a href="/words">' not in client.get(START).content.decode()


def test_decoration_needs_no_words(client):
    add_image(decorative=True)
    add_image(make_image(seed=1))
    assert figures().undescribed == 1
    client.force_login(make_user("curator", "Editors", is_staff=True))
    page = client.get("/admin/images/image/?alt_text__isempty=1&decorative__exact=0").content.decode()
    assert "1 image" in page


def kept(**wrong: int) -> None:
    """Keep figures as if the library had been counted yesterday."""
    values = dict.fromkeys(("images", "private", "described", "trashed", "size"), 7) | wrong
    moment = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    Figure.objects.bulk_create(Figure(name=n, value=v, counted_at=moment) for n, v in values.items())


@pytest.fixture
def large(monkeypatch):
    """A library of 5 images is one that no page counts."""
    monkeypatch.setattr("images.catalogue.figures.FEW", 4)


def test_a_large_library_shows_what_was_counted_and_when(client, large, django_assert_max_num_queries):
    add_images()
    kept(images=12_345)
    client.force_login(make_user("curator", "Editors", is_staff=True))
    with django_assert_max_num_queries(8):
        page = " ".join(client.get(START).content.decode().split())
    assert ">12345</a>" in page
    assert 'Counted <time class="moment" datetime="2026-03-04T05:06' in page


def test_a_large_library_that_was_never_counted_says_what_counts_it(client, large):
    add_images()
    client.force_login(make_user("curator", "Editors", is_staff=True))
    page = " ".join(client.get(START).content.decode().split())
    assert "recountfigures" in page
    assert "meter" not in page
    assert run("recountfigures").code == 0
    page = client.get(START).content.decode()
    assert 'isempty=1&amp;decorative__exact=0">2</a>' in page
    assert "recountfigures" not in page


def test_a_small_library_is_counted_when_it_is_looked_at(client):
    add_images()
    kept(images=12_345)
    client.force_login(make_user("curator", "Editors", is_staff=True))
    page = client.get(START).content.decode()
    assert "12345" not in page
    assert "Counted" not in page


def test_no_page_counts_more_than_a_few(large, django_assert_num_queries):
    add_images()
    kept()
    with django_assert_num_queries(2) as asked:
        figures()
    few, of_figures = (query["sql"] for query in asked)
    assert "LIMIT 5" in few
    assert "images_image" not in of_figures


def test_people_without_the_permission_see_no_figures(client):
    add_images()
    client.force_login(make_user("somebody", is_staff=True))
    page = client.get(START).content.decode()
    assert "isempty" not in page


def test_curators_are_not_shown_tokens_nor_lockouts(client):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    page = client.get(START).content.decode()
    assert "/admin/images/" in page
    for noise in ("knox", "axes", "auth"):
        assert f"/admin/{noise}/" not in page


def test_its_foot_shows_the_version_and_that_of_the_sign_in_does_not(client, settings):
    def foot() -> str:
        page = client.get(START, follow=True).content.decode()
        return page.partition('<footer id="footer">')[2].partition("</footer>")[0]

    assert foot() == ""
    client.force_login(make_user("curator", "Editors", is_staff=True))
    assert foot() == f"imagelib {settings.IMAGELIB_VERSION}"
