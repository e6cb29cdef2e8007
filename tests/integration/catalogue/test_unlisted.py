"""Unlisted: whoever has the address sees the image, and no list of those who see only public ones has it."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.favourites import favour
from images.catalogue.tags import set_tags
from images.models import Album, Image
from tests.factories import add_image, add_rows, make_image, make_user
from tests.files import located

pytestmark = pytest.mark.django_db

WORD = "zeppelin"
PEOPLE = {
    "nobody": False,
    "of no group": False,
    "viewer": True,
    "owner": True,
    "owner of no group": True,
    "contributor": True,
    "editor": True,
}


@pytest.fixture
def people() -> dict:
    groups = {
        "viewer": "Viewers",
        "owner": "Contributors",
        "contributor": "Contributors",
        "editor": "Editors",
    }
    made = {name: make_user(name.replace(" ", "-"), *filter(None, [groups.get(name)])) for name in PEOPLE}
    return made | {"nobody": None}


@pytest.fixture
def shown(people) -> Image:
    """A public image, in the albums of the other."""
    return add_image(make_image(seed=1), title="shown", tags=["coast"], uploaded_by=people["editor"])


@pytest.fixture
def image(people, shown) -> Image:
    """An unlisted one, with all by which it could be found."""
    image = add_image(
        make_image(seed=2),
        filename=f"{WORD}.jpg",
        title=WORD,
        visibility="unlisted",
        uploaded_by=people["owner"],
        author=WORD,
    )
    set_tags(image, ["coast", f"{WORD}s"])
    Image.objects.filter(pk=image.pk).update(camera=f"{WORD} camera", taken_day="1931-05-05")
    return Image.objects.get(pk=image.pk)


@pytest.fixture
def album(people, image, shown) -> Album:
    """A public album that has both, the unlisted one first and as its cover."""
    album = create(people["editor"], title="Airships", visibility="public")
    file(people["editor"], album, [image.pk, shown.pk])
    Album.objects.filter(pk=album.pk).update(cover=image)
    return Album.objects.get(pk=album.pk)


def client_of(user) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def owner(person: str, image: Image, people) -> None:
    """Give the image to who owns it in this case, though he is in no group any more."""
    if person == "owner of no group":
        Image.objects.filter(pk=image.pk).update(uploaded_by=people[person])


def by_address(image: Image) -> list[str]:
    return [
        image.get_absolute_url(),
        image.get_file_url(),
        f"{image.get_service_url()}/info.json",
        f"{image.get_service_url()}/full/max/0/default.webp",
        f"/api/v1/images/{image.pk}",
    ]


@pytest.mark.parametrize("person", PEOPLE)
def test_whoever_has_its_address_sees_it(people, image, person):
    client = client_of(people[person])
    for address in by_address(image):
        for ask in (client.get, client.head):
            answer = ask(address)
            assert answer.status_code == 200, address
            assert answer["X-Robots-Tag"] == "noindex", address
    assert client.get(image.get_file_url())["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_is_public_may_be_indexed(people, shown):
    for address in by_address(shown):
        assert "X-Robots-Tag" not in Client().get(address), address


LISTS = {
    "gallery": "/",
    "search": f"/?search={WORD}",
    "by camera": f"/?search=camera:{WORD}",
    "by tag": "/?search=tag:coast",
    "by day": "/?search=taken:1931-05-05",
    "by album": "/?search=album:airships",
    "in an album": "/?search=has:album",
    "by orientation": "/?orientation=landscape",
    "oldest first": "/?ordering=created_at",
    "by title": "/?ordering=title",
    "by size": "/?ordering=-size",
    "tag": "/tags/coast",
    "tags": "/tags",
    "album": "/albums/airships",
    "albums": "/albums",
    "API": "/api/v1/images",
    "API, searched": f"/api/v1/images?search={WORD}",
    "API of the album": "/api/v1/albums/{album}/images",
    "API of albums": "/api/v1/albums",
    "API of tags": "/api/v1/tags",
    "suggested words": f"/api/v1/suggestions?search=tag:{WORD}",
    "suggested cameras": f"/api/v1/suggestions?search=camera:{WORD}",
    "timeline": "/api/v1/timeline",
    "timeline of a search": f"/api/v1/timeline?search={WORD}",
    "search page": "/search",
}
TRACES = (WORD, "1931")


@pytest.mark.parametrize("person", [person for person, is_listed in PEOPLE.items() if not is_listed])
@pytest.mark.parametrize("name", LISTS)
def test_no_list_has_it_for_who_sees_public_ones_alone(people, image, album, person, name):
    address = LISTS[name].format(album=album.pk)
    said = client_of(people[person]).get(address).content.decode()
    assert str(image.pk) not in said
    found = [trace for trace in TRACES if re.search(rf"\b{trace}\b", said)]  # not within an id or a moment
    assert [trace for trace in found if trace not in address] == []


def test_who_sees_it_in_lists_does(people, image, album):
    for person, listed in PEOPLE.items():
        owner(person, image, people)
        client = client_of(people[person])
        for address in ("/", f"/?search={WORD}", "/tags/coast", "/albums/airships", "/api/v1/images"):
            assert (str(image.pk) in client.get(address).content.decode()) == listed, (person, address)


@pytest.mark.parametrize("address", [f"/?search={WORD}", "/?hash={hash}", "/api/v1/images?hash={hash}"])
def test_nobody_finds_it_who_sees_public_ones_alone(image, address):
    said = Client().get(address.format(hash=image.hash)).content.decode()
    assert str(image.pk) not in said


def test_counts_and_figures_are_of_what_is_listed(people, image, shown, album):
    stranger = Client()
    assert "1 image<" in stranger.get("/tags/coast").content.decode()
    assert "1 image<" in stranger.get("/albums/airships").content.decode()
    assert stranger.get("/api/v1/tags?search=coast").json()["results"][0]["count"] == 1
    found = stranger.get(f"/api/v1/albums/{album.pk}").json()
    assert (found["count"], found["cover"]) == (1, str(shown.pk))
    found = client_of(people["viewer"]).get(f"/api/v1/albums/{album.pk}").json()
    assert (found["count"], found["cover"]) == (2, str(image.pk))


@pytest.mark.parametrize("context", ["", "?search=tag:coast", "?album=airships"])
def test_it_is_nobodys_neighbour(people, image, shown, album, context):
    said = Client().get(f"{shown.get_absolute_url()}{context}").content.decode()
    assert str(image.pk) not in said
    assert WORD not in said
    said = client_of(people["viewer"]).get(f"{shown.get_absolute_url()}{context}").content.decode()
    assert str(image.pk) in said


def test_its_own_page_names_no_album_that_is_not_listed(people, image):
    hidden = create(people["editor"], title="Hangar", visibility="unlisted")
    file(people["editor"], hidden, [image.pk])
    assert "Hangar" not in Client().get(image.get_absolute_url()).content.decode()
    assert Client().get(f"/api/v1/images/{image.pk}").json()["albums"] == []
    assert "Hangar" in client_of(people["viewer"]).get(image.get_absolute_url()).content.decode()


def test_a_copy_does_not_lead_to_an_original_that_is_not_listed(people, image):
    copy = add_image(make_image(seed=7), visibility="public", uploaded_by=people["owner"])
    Image.objects.filter(pk=copy.pk).update(derived_from=image)
    assert Client().get(f"/api/v1/images/{copy.pk}").json()["derived_from"] is None
    assert str(image.pk) not in Client().get(copy.get_absolute_url()).content.decode()
    seen = client_of(people["viewer"]).get(f"/api/v1/images/{copy.pk}").json()["derived_from"]
    assert seen == str(image.pk)


def test_is_unlisted_finds_what_one_sees_in_lists(people, image, shown):
    for person, listed in PEOPLE.items():
        owner(person, image, people)
        for query in ("search=is:unlisted", "visibility=unlisted"):
            found = client_of(people[person]).get(f"/api/v1/images?{query}").json()["results"]
            assert [one["id"] for one in found] == [str(image.pk)] * listed, (person, query)


def test_a_favourite_of_a_stranger_is_not_listed_for_them(people, image):
    favour(people["of no group"], [image])
    found = client_of(people["of no group"]).get("/api/v1/images?search=is:favourite").json()
    assert found["results"] == []


class TestAlbums:
    """An unlisted album: whoever has its address sees it, and of it the unlisted images too."""

    @pytest.fixture
    def hangar(self, people, image, shown) -> Album:
        hidden = add_image(make_image(seed=3), title="secret", visibility="private")
        album = create(people["editor"], title="Hangar", visibility="unlisted")
        file(people["editor"], album, [image.pk, shown.pk, hidden.pk])
        return album

    @pytest.mark.parametrize("ordering", ["hand", "title", "-taken_at"])
    def test_its_page_and_its_images_by_address(self, people, image, shown, hangar, ordering):
        Album.objects.filter(pk=hangar.pk).update(ordering=ordering)
        for user in (None, people["of no group"]):
            client = client_of(user)
            answer = client.get("/albums/hangar")
            assert answer.status_code == 200
            assert answer["X-Robots-Tag"] == "noindex"
            said = answer.content.decode()
            assert str(image.pk) in said
            assert str(shown.pk) in said
            assert "secret" not in said
            assert "2 images<" in said
            found = client.get(f"/api/v1/albums/{hangar.pk}/images").json()["results"]
            assert {one["id"] for one in found} == {str(image.pk), str(shown.pk)}
            seen = client.get(f"/api/v1/albums/{hangar.pk}").json()
            assert (seen["count"], seen["visibility"]) == (2, "unlisted")

    def test_one_that_fills_itself(self, people, image, shown):
        create(people["editor"], title="Found", visibility="unlisted", search="tag:coast")
        said = Client().get("/albums/found").content.decode()
        assert str(image.pk) in said
        assert str(shown.pk) in said
        create(people["editor"], title="Open", visibility="public", search="tag:coast")
        said = Client().get("/albums/open").content.decode()
        assert str(image.pk) not in said

    @pytest.mark.parametrize("ordering", ["hand", "title"])
    def test_from_image_to_image(self, image, shown, hangar, ordering):
        Album.objects.filter(pk=hangar.pk).update(ordering=ordering)
        said = Client().get(f"{shown.get_absolute_url()}?album=hangar").content.decode()
        assert str(image.pk) in said

    def test_no_list_has_it(self, people, hangar, image):
        lists = ("/albums", "/api/v1/albums", "/api/v1/suggestions?search=album:han", "/?search=album:hangar")
        for person, listed in PEOPLE.items():
            client = client_of(people[person])
            for address in lists:
                said = re.sub('hangar(?=")', "", client.get(address).content.decode())
                if not listed or person == "owner of no group":
                    assert str(hangar.pk) not in said, (person, address)
                    assert "Hangar" not in said, (person, address)
                    assert str(image.pk) not in said, (person, address)

    def test_its_download_has_what_its_page_shows(self, hangar):
        assert Client().head(f"/api/v1/albums/{hangar.pk}/download").status_code == 200


def test_where_it_was_taken_is_asked_before_it_is_unlisted(client, people, settings):
    client.force_login(people["owner"])
    image = add_image(located.photo(), visibility="unlisted", uploaded_by=people["owner"])
    assert image.visibility == "private"
    answer = client.patch(
        f"/api/v1/images/{image.pk}", {"visibility": "unlisted"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "location_undecided")
    words = {"visibility": "unlisted", "location": "keep"}
    answer = client.patch(f"/api/v1/images/{image.pk}", words, content_type="application/json")
    assert (answer.status_code, answer.json()["visibility"]) == (200, "unlisted")


def test_a_copy_of_what_was_to_be_unlisted_is_unlisted(client, people):
    client.force_login(people["owner"])
    image = add_image(located.photo(), visibility="private", uploaded_by=people["owner"])
    words = {"visibility": "unlisted", "location": "strip"}
    answer = client.patch(f"/api/v1/images/{image.pk}", words, content_type="application/json").json()
    assert answer["visibility"] == "private"
    copy = Image.objects.get(pk=answer["public_copy"])
    assert (copy.visibility, copy.has_location) == ("unlisted", False)
    words["visibility"] = "public"  # and wider, where that is asked later
    client.patch(f"/api/v1/images/{image.pk}", words, content_type="application/json")
    copy.refresh_from_db()
    assert copy.visibility == "public"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's migration does nothing")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_migration_leaves_the_planner_what_it_knows_of_visibilities():
    """Altering a column takes that away, and strangers' lists of a million images would take seconds."""
    add_rows(100)
    unlisted = import_module("images.migrations.0025_unlisted")
    with connection.schema_editor(atomic=False) as editor:
        unlisted.widen(apps, editor)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT most_common_vals::text FROM pg_stats "
            "WHERE tablename = 'images_image' AND attname = 'visibility'"
        )
        assert cursor.fetchall() == [("{public}",)]
