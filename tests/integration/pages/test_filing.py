"""On the page of an image: the albums it is in, and how it gets into one and out."""

import pytest

from images.catalogue.album_curation import create, describe
from images.catalogue.album_entries import file
from images.catalogue.albums import seen_entries
from images.models import Album, Image
from tests.clients.pages import Tags
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(contributor) -> Image:
    return add_image(title="Kite", uploaded_by=contributor)


@pytest.fixture
def album(contributor) -> Album:
    """A public one with another image."""
    album = create(contributor, "Summer in Porto", visibility="public")
    file(contributor, album, [add_image(make_image(seed=1), title="Sea").pk])
    return album


@pytest.fixture
def page(client, image, contributor):
    """What the contributor is answered who sends something to the page."""
    client.force_login(contributor)

    def send(action: str, name: str, **options):
        said = {"action": action, "album": name}
        return client.post(image.get_absolute_url(), said, **options)

    return send


def titles(album: Album) -> list[str]:
    return [entry.image.title for entry in seen_entries(album.made_by, album)]


def links(response) -> list[str]:
    return [a["href"] for t, a in Tags(response).all if t == "a" and a.get("href", "").startswith("/albums/")]


def test_it_leads_to_the_albums_that_the_person_sees(client, image, album, contributor):
    for one in (album, create(contributor, "Private")):
        file(contributor, one, [image.pk])
    response = client.get(image.get_absolute_url())
    assert links(response) == ["/albums/summer-in-porto"]
    assert 'value="unfile"' not in response.content.decode()
    client.force_login(contributor)
    response = client.get(image.get_absolute_url())
    assert links(response) == ["/albums/private", "/albums/summer-in-porto"]
    assert response.content.decode().count('value="unfile"') == 2


def test_in_none_nothing_is_said_of_albums_to_visitors(client, image, album):
    assert 'id="albums"' not in client.get(image.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", ["Summer in Porto", "SUMMER IN PORTO ", "summer-in-porto", "winter"])
def test_it_is_filed_by_title_or_address_and_comes_last(page, image, album, contributor, name):
    for title in ("Winter", "Summer in Porto"):
        describe(contributor, album, title=title)
    response = page("file", name, follow=True)
    assert response.redirect_chain == [(image.get_absolute_url(), 302)]
    assert "It is in this album now." in response.content.decode()
    assert titles(album) == ["Sea", "Kite"]


def test_it_is_taken_out(page, image, album, contributor):
    file(contributor, album, [image.pk])
    response = page("unfile", "summer-in-porto", follow=True)
    assert response.redirect_chain == [(image.get_absolute_url(), 302)]
    assert "It is out of this album." in response.content.decode()
    assert titles(album) == ["Sea"]


@pytest.mark.parametrize(
    ("action", "before", "after"), [("file", "Sea", "Sea Kite"), ("unfile", "Sea Kite", "Sea")]
)
def test_the_message_has_a_button_that_undoes_it(
    client, page, image, album, contributor, action, before, after
):
    if action == "unfile":
        file(contributor, album, [image.pk])
    response = page(action, "summer-in-porto", follow=True)
    assert " ".join(titles(album)) == after
    (undo,) = (a["formaction"] for t, a in Tags(response).all if t == "button" and a.get("form") == "undo")
    response = client.post(
        undo, headers={"referer": f"http://testserver{image.get_absolute_url()}"}, follow=True
    )
    assert response.redirect_chain == [(image.get_absolute_url(), 302)]
    assert "Undone: " in response.content.decode()
    assert " ".join(titles(album)) == before


@pytest.mark.parametrize("action", ["file", "unfile"])
def test_where_nothing_was_changed_there_is_none(page, image, album, contributor, action):
    if action == "file":
        file(contributor, album, [image.pk])
    assert 'form="undo"' not in page(action, "summer-in-porto", follow=True).content.decode()


@pytest.mark.parametrize("name", ["", "absent", "a\0b", "x" * 1000, "of-another", "Of another"])
def test_where_there_is_no_such_album_it_is_said(page, image, album, name):
    create(make_user("other", "Contributors"), "Of another", visibility="public")
    response = page("file", name)
    assert response.status_code == 400
    assert 'id="id_album_error"' in response.content.decode() or "errorlist" in response.content.decode()
    assert image.albums.count() == 0


def test_where_several_have_the_title_the_address_decides(page, image, album, contributor):
    second = create(contributor, "Summer in Porto")
    response = page("file", "Summer in Porto")
    assert response.status_code == 400
    assert "Several albums have this title" in response.content.decode()
    assert page("file", second.slug).status_code == 302
    assert list(image.albums.all()) == [second]


def test_what_the_album_refuses_is_said(page, image, album, monkeypatch):
    monkeypatch.setattr("images.catalogue.album_entries.MOST", 1)
    response = page("file", "summer-in-porto")
    assert response.status_code == 400
    assert "An album has at most 1 images." in response.content.decode()


def test_an_editor_files_into_everyones(client, image, album, editor):
    client.force_login(editor)
    said = {"action": "file", "album": "summer-in-porto"}
    assert client.post(image.get_absolute_url(), said).status_code == 302
    assert titles(album) == ["Sea", "Kite"]


def test_who_changes_no_album_files_nothing(client, image, album, contributor, viewer, stranger):
    file(contributor, album, [image.pk])
    for user in (None, stranger, viewer):
        if user:
            client.force_login(user)
        assert 'name="album"' not in client.get(image.get_absolute_url()).content.decode()
        for action in ("file", "unfile"):
            said = {"action": action, "album": "summer-in-porto"}
            assert client.post(image.get_absolute_url(), said).status_code == 403
    assert titles(album) == ["Sea", "Kite"]


def test_a_hidden_image_is_not_found(client, contributor, album, stranger):
    hidden = add_image(make_image(seed=5), visibility="private", uploaded_by=contributor)
    client.force_login(stranger)
    said = {"action": "file", "album": "summer-in-porto"}
    assert client.post(hidden.get_absolute_url(), said).status_code == 404
