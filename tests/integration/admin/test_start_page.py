"""The admin's start page: how much there is, and what waits for a curator."""

from html import unescape

import pytest

from images.catalogue.figures import Figures, figures
from images.catalogue.trash import trash
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


def test_decoration_needs_no_words(client):
    add_image(decorative=True)
    add_image(make_image(seed=1))
    assert figures().undescribed == 1
    client.force_login(make_user("curator", "Editors", is_staff=True))
    page = client.get("/admin/images/image/?alt_text__isempty=1&decorative__exact=0").content.decode()
    assert "1 image" in page


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
