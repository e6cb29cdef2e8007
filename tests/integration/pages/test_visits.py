"""The pages of a share link, as somebody sees them who has its address and no account."""

import re

import pytest
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.sharing import make_share, revoke
from images.models import Image, ShareLink
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(contributor) -> list[Image]:
    return [
        add_image(
            make_image(seed=number, size=(800, 600)),
            uploaded_by=contributor,
            visibility="private",
            title=f"View {number}",
        )
        for number in range(3)
    ]


@pytest.fixture
def album(contributor, images):
    album = create(contributor, title="Walk", description="Along the coast")
    file(contributor, album, [image.pk for image in images])
    return album


def pictures_of(page: str) -> set[str]:
    """Return the addresses of all pictures of a page."""
    in_sets = [part.split()[0] for said in re.findall(r'srcset="([^"]+)"', page) for part in said.split(", ")]
    return {*re.findall(r'<img src="(/[^"]+)"', page), *in_sets}


def test_one_image_is_shown_large(client, contributor, images):
    _, secret = make_share(contributor, images[0])
    answer = client.get(f"/s/{secret}")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "View 0" in page
    assert len(pictures_of(page)) == 6
    for address in pictures_of(page):
        assert address.startswith(f"/s/{secret}/")
        picture = client.get(address)
        assert (picture.status_code, picture["Content-Type"].partition("/")[0]) == (200, "image")


def test_an_album_is_a_grid_whose_images_have_pages_of_their_own(client, contributor, images, album):
    _, secret = make_share(contributor, album)
    page = client.get(f"/s/{secret}").content.decode()
    assert "Walk" in page
    links = re.findall(rf'href="(/s/{secret}/[^"]+)"', page)
    titles = [client.get(link).content.decode().partition("<h1")[2].partition("</h1>")[0] for link in links]
    assert [title.partition(">")[2] for title in titles] == ["View 0", "View 1", "View 2"]
    assert all(client.get(address).status_code == 200 for address in pictures_of(page))


def test_a_password_is_asked_for_and_lets_in(contributor, images, album):
    share, secret = make_share(contributor, album, password="a walk")
    visitor = Client(enforce_csrf_checks=True)
    asked = visitor.get(f"/s/{secret}")
    assert asked.status_code == 200
    assert "Walk" not in asked.content.decode()
    wrong = visitor.post(f"/s/{secret}", {"password": "a run"}, headers={"Origin": "null"})
    assert (wrong.status_code, wrong.cookies) == (403, {})
    right = visitor.post(f"/s/{secret}", {"password": "a walk"}, headers={"Origin": "null"})
    assert (right.status_code, right["Location"]) == (302, f"/s/{secret}")
    (cookie,) = right.cookies.values()
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/s/{secret}", True, "Lax")
    assert (cookie["expires"], cookie["max-age"]) == ("", "")  # with the browser's session
    page = visitor.get(f"/s/{secret}").content.decode()
    assert "Walk" in page
    assert all(visitor.get(address).status_code == 200 for address in pictures_of(page))
    assert {Client().get(address).status_code for address in pictures_of(page)} == {404}

    ShareLink.objects.filter(pk=share.pk).update(password="another")
    assert "Walk" not in visitor.get(f"/s/{secret}").content.decode()


def test_what_is_revoked_is_gone_with_the_next_request(client, contributor, images):
    _, secret = make_share(contributor, images[0])
    page = client.get(f"/s/{secret}").content.decode()
    revoke(ShareLink.objects.all())
    for address in (f"/s/{secret}", *pictures_of(page)):
        assert client.get(address).status_code == 404
