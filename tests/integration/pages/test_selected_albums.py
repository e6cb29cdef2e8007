"""Many images put into an album at once, by the gallery's form."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.albums import seen_entries
from images.models import Album, Image
from tests.factories import add_image, make_image, make_user
from tests.resilience.races import start

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(contributor) -> list[Image]:
    return [add_image(make_image(seed=n), title=f"Mine {n}", uploaded_by=contributor) for n in range(3)]


def send(client, album: str, *images) -> str:
    """Return the page that follows."""
    form = {"action": "file", "album": album, "images": [getattr(image, "pk", image) for image in images]}
    response = client.post("/", form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def titles(album: Album) -> list[str]:
    return [entry.image.title for entry in seen_entries(album.made_by, album)]


@pytest.mark.parametrize("name", ["Summer in Porto", "summer IN porto ", "summer-in-porto"])
def test_they_go_into_the_album_that_is_meant_in_their_order(client, contributor, mine, name):
    album = create(contributor, "Summer in Porto")
    client.force_login(contributor)
    page = send(client, name, mine[2], mine[0])
    assert "2 images are in" in page
    assert f'<a href="{album.get_absolute_url()}">Summer in Porto</a>' in page
    assert titles(album) == ["Mine 2", "Mine 0"]
    undo = re.search('form="undo" formaction="([^"]*)"', page)[1]
    assert 'form="undo"' not in send(client, name, mine[2])  # it is there: nothing was changed
    client.post(undo)
    assert titles(album) == []


def test_a_new_album_is_made_where_none_has_this_title(client, contributor, mine):
    client.force_login(contributor)
    assert "1 image is in" in send(client, "Coast & <Cove>", mine[0])
    album = Album.objects.get()
    assert (album.title, album.made_by, album.visibility) == ("Coast & <Cove>", contributor, "private")
    assert titles(album) == ["Mine 0"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_sends_it_twice_at_once_makes_one_album(contributor, mine):
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(contributor)
    for round_ in range(8):
        together = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            acts = [partial(send, client, f"Coast {round_}", mine[n]) for n, client in enumerate(clients)]
            ended = [start(pool, act, together) for act in acts]
            assert all("1 image is in" in done.result() for done in ended)
        (album,) = Album.objects.filter(title=f"Coast {round_}")
        assert sorted(titles(album)) == ["Mine 0", "Mine 1"]


def test_what_the_person_does_not_see_is_left_and_counted(client, contributor, mine, stranger):
    hidden = add_image(make_image(seed=9), visibility="private")
    album = create(stranger, "Of a stranger")
    client.force_login(stranger)
    page = send(client, "Of a stranger", mine[0], hidden, "2f0d1c9e-4c8c-4a53-9d0b-a2a8e3e0f9d1")
    assert "1 image is in" in page
    assert "2 images were left as they are" in page
    assert titles(album) == ["Mine 0"]


def test_nothing_that_the_person_sees_makes_no_album(client, contributor):
    client.force_login(contributor)
    assert "1 image was left as it is" in send(client, "New", "2f0d1c9e-4c8c-4a53-9d0b-a2a8e3e0f9d1")
    assert not Album.objects.exists()


def test_who_makes_no_albums_files_into_none_of_others(client, contributor, mine, stranger):
    create(contributor, "Coast", visibility="public")
    client.force_login(stranger)
    for name in ("Coast", "New"):
        assert "There is no such album that you may change." in send(client, name, mine[0])
    assert not mine[0].albums.exists()
    assert Album.objects.count() == 1


def test_where_several_have_the_title_the_address_decides(client, contributor, mine):
    create(contributor, "The coast")
    second = create(contributor, "The coast")
    client.force_login(contributor)
    assert "Several albums have this title" in send(client, "The coast", mine[0])
    send(client, second.slug, mine[0])
    assert titles(second) == ["Mine 0"]


@pytest.mark.parametrize("name", ["", " ", "a\0b", "x" * 201])
def test_what_is_no_title_changes_nothing(client, contributor, mine, name):
    client.force_login(contributor)
    assert "Nothing was changed." in send(client, name, mine[0])
    assert not Album.objects.exists()


def test_what_the_album_refuses_is_said(client, contributor, mine, monkeypatch):
    monkeypatch.setattr("images.catalogue.album_entries.MOST", 1)
    client.force_login(contributor)
    assert "Nothing was changed. At most 1 images at once." in send(client, "Coast", *mine[:2])
    assert not Album.objects.exists()


def test_it_is_offered_to_those_who_have_albums_to_change(client, contributor, mine, stranger):
    for user, is_offered in ((contributor, True), (stranger, False), (make_user("ed", "Editors"), True)):
        client.force_login(user)
        assert ('name="album"' in client.get("/").content.decode()) == is_offered
