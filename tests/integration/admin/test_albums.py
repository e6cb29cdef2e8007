"""The admin's albums: found, described, made and deleted."""

import pytest
from django.contrib.admin.models import LogEntry

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.models import Album, Image
from tests.clients.pages import Form
from tests.factories import add_image, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/images/album/"


@pytest.fixture
def curator(client):
    user = make_user("curator", "Editors", is_staff=True)
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def albums(contributor) -> list[Album]:
    made = [
        create(contributor, "Summer in Porto", visibility="public"),
        create(contributor, "Été"),
        create(contributor, "Gifs", search="type:gif"),
    ]
    file(contributor, made[0], [add_image().pk])
    return made


def address(album: Album) -> str:
    return f"{LIST}{album.pk}/change/"


def change(client, album: Album, **sent):
    return client.post(address(album), Form(client.get(address(album)), "description").filled(**sent))


@pytest.mark.parametrize(
    ("query", "shown"), [("", 3), ("?q=ETE", 1), ("?q=o", 1), ("?q=x", 0), ("?visibility__exact=public", 1)]
)
def test_albums_are_listed_found_and_filtered(curator, query, shown):
    page = curator.get(LIST + query).content.decode()
    assert sum(f">{name}</a>" in page for name in ("Summer in Porto", "Été", "Gifs")) == shown


def test_a_list_of_many_costs_few_queries(curator, django_assert_max_num_queries):
    Album.objects.bulk_create(Album(title=f"t {n}", key=f"t {n}", slug=f"t-{n}") for n in range(1_000))
    with django_assert_max_num_queries(8):
        page = curator.get(LIST).content.decode()
    assert page.count('name="_selected_action"') == 100


def test_an_album_is_described_and_has_another_address(curator, albums):
    assert (
        change(curator, albums[0], title="Winter", description="Rain.", ordering="title").status_code == 302
    )
    there = Album.objects.get(pk=albums[0].pk)
    assert (there.title, there.slug, there.description) == ("Winter", "winter", "Rain.")
    assert (there.ordering, there.all, there.made_by) == ("title", 1, albums[0].made_by)
    assert curator.get("/albums/summer-in-porto")["Location"] == "/albums/winter"
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    "sent", [{"title": ""}, {"title": "\u200b"}, {"search": "colour:red"}, {"search": "a"}]
)
def test_what_cannot_be_meant_is_said_beside_its_field(curator, albums, sent):
    response = change(curator, albums[0], **sent)  # which has an image
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert Album.objects.get(pk=albums[0].pk).search == ""


def test_an_album_is_made(curator):
    sent = {
        "title": "New",
        "description": "",
        "search": "type:png",
        "visibility": "public",
        "ordering": "hand",
    }
    assert curator.post(f"{LIST}add/", sent).status_code == 302
    made = Album.objects.get(slug="new")
    assert (made.search, made.made_by.username) == ("type:png", "curator")


def test_chosen_albums_are_deleted_once_that_is_confirmed(curator, albums):
    chosen = {"action": "delete", "_selected_action": [str(album.pk) for album in albums[:2]]}
    assert "Summer in Porto</bdi>" in curator.post(LIST, chosen).content.decode()
    assert Album.objects.count() == 3
    page = curator.post(LIST, chosen | {"confirmed": "yes"}, follow=True)
    assert "2 albums were deleted." in page.content.decode()
    assert (Album.objects.count(), Image.objects.count()) == (1, 1)


def test_people_change_their_own_alone(client, albums, editor):
    client.force_login(make_user("clara", "Contributors", is_staff=True))
    assert client.get(address(albums[0])).status_code == 200
    assert client.post(address(albums[0]), {"title": "x"}).status_code == 403
    chosen = {"action": "delete", "_selected_action": [str(albums[0].pk)], "confirmed": "yes"}
    assert "none that you may not change" in client.post(LIST, chosen, follow=True).content.decode()
    assert Album.objects.count() == 3


def test_those_who_only_see_change_nothing_and_others_see_none(client, albums):
    client.force_login(make_user("visitor", "Viewers", is_staff=True))
    assert client.get(LIST).status_code == 200
    assert client.post(address(albums[0]), {"title": "x"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    client.force_login(make_user("staff", is_staff=True))
    assert client.get(LIST).status_code == 403
