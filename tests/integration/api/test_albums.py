"""/api/v1/albums, and the albums of an image."""

import base64
import json

import pytest

from images.catalogue import album_entries, cursors
from images.catalogue.album_curation import create, delete
from images.catalogue.album_entries import file
from images.catalogue.curation import hide
from images.models import Album, AlbumEntry, Image
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

ALBUMS = "/api/v1/albums"


@pytest.fixture
def images(contributor) -> list[Image]:
    """Five; the first is private."""
    added = [
        add_image(make_image(seed=seed), filename=f"{seed}.jpg", title="edcba"[seed], uploaded_by=contributor)
        for seed in range(5)
    ]
    hide(added[0])
    return added


@pytest.fixture
def album(contributor, images) -> Album:
    """A public album of all five."""
    made = create(contributor, "Summer in Porto", visibility="public")
    file(contributor, made, [image.pk for image in images])
    return made


def at(album: Album) -> str:
    return f"{ALBUMS}/{album.pk}"


def titles(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [album["title"] for album in response.json()["results"]]


def names(response) -> str:
    assert response.status_code == 200, response.content
    return "".join(image["filename"][0] for image in response.json()["results"])


def ids(images: list[Image], numbers: str) -> list[str]:
    return [str(images[int(number)].pk) for number in numbers]


def refused(response) -> str:
    assert problem(response) == (400, "validation_error")
    ((field, sentences),) = response.json()["errors"].items()
    assert all(sentence.endswith(".") for sentence in sentences)
    return field


# --- One that fills itself -------------------------------------------------------------------------


def test_a_search_is_kept_as_an_album(contributor, images):
    said = {"title": "Letters", "search": "jpg sort:title", "visibility": "public"}
    answer = client_of(contributor).post(ALBUMS, said, format="json")
    assert answer.status_code == 201
    kept = answer.json()
    shown = said | {"slug": "letters", "count": 5, "cover": str(images[4].pk)}
    assert kept.items() >= shown.items()
    address = f"{ALBUMS}/{kept['id']}"
    assert names(client_of(contributor).get(f"{address}/images")) == "43210"
    assert names(client_of().get(f"{address}/images")) == "4321"
    assert client_of().get(address).json()["count"] == 4
    assert client_of().get(ALBUMS).json()["results"][0]["count"] is None
    assert names(client_of().get(f"{IMAGES}?album=letters&ordering=filename")) == "1234"
    for method in ("post", "delete"):
        sent = {"images": ids(images, "0")}
        assert refused(getattr(client_of(contributor), method)(f"{address}/images", sent, format="json")) == (
            "images"
        )
    assert refused(client_of(contributor).patch(address, {"search": "colour:red"}, format="json")) == "search"
    assert refused(client_of(contributor).post(ALBUMS, said | {"search": "("}, format="json")) == "search"


# --- Reading ---------------------------------------------------------------------------------------


def test_an_album_says_what_the_caller_may_know(album, images, viewer, contributor):
    said = client_of(viewer).get(at(album)).json()
    assert said.pop("created_at") < said.pop("updated_at")
    shown = {
        "id": str(album.pk),
        "slug": "summer-in-porto",
        "title": "Summer in Porto",
        "description": "",
        "visibility": "public",
        "cover": str(images[0].pk),
        "ordering": "hand",
        "search": "",
        "count": 5,
    }
    assert said == shown
    stranger = client_of().get(at(album)).json()
    assert stranger.items() >= (shown | {"cover": str(images[1].pk), "count": 4}).items()


def test_albums_are_listed_for_those_for_whom_they_exist(album, contributor, viewer, stranger):
    own = create(contributor, "autumn")
    assert titles(client_of().get(ALBUMS)) == titles(client_of(stranger).get(ALBUMS)) == ["Summer in Porto"]
    assert titles(client_of(viewer).get(ALBUMS)) == ["autumn", "Summer in Porto"]
    for person in (None, stranger):
        for address in (at(own), f"{at(own)}/images"):
            assert problem(client_of(person).get(address)) == (404, "not_found")
        assert problem(client_of(person).patch(at(own), {"title": "x"}))[0] in (401, 404)
    assert problem(client_of(stranger).delete(at(own))) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Été", "summer", "Winter"]),
        ("search=ETE", ["Été"]),
        ("search=%25", []),
        ("ordering=-title", ["Winter", "summer", "Été"]),
        ("ordering=created_at", ["summer", "Été", "Winter"]),
        ("ordering=-created_at", ["Winter", "Été", "summer"]),
    ],
)
def test_they_are_searched_and_ordered(contributor, query, expected):
    for title in ("summer", "Été", "Winter"):
        create(contributor, title)
    assert titles(client_of(contributor).get(f"{ALBUMS}?{query}")) == expected


@pytest.mark.parametrize("query", ["ordering=slug", "search=" + "x" * 201, "search=%00", "cursor=x"])
def test_what_is_no_list_of_albums_is_refused(query):
    assert refused(client_of().get(f"{ALBUMS}?{query}")) == query.partition("=")[0]


def test_a_page_of_albums_costs_as_many_queries_whatever_is_on_it(
    contributor, images, django_assert_max_num_queries
):
    for number in range(60):
        made = create(contributor, f"Album {number}", visibility="public")
        file(contributor, made, [image.pk for image in images[: number % 5]])
    for person in (contributor, None):
        with django_assert_max_num_queries(5):
            page = client_of(person).get(ALBUMS).json()
    assert len(page["results"]) == 50
    assert client_of().get(page["next"]).json()["results"][-1]["title"] == "Album 9"


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("hand", "01234"),
        ("title", "43210"),
        ("filename", "01234"),
        ("taken_at", "01234"),
        ("-taken_at", "43210"),
    ],
)
def test_its_images_come_in_its_order(album, contributor, monkeypatch, ordering, expected):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    Album.objects.update(ordering=ordering)
    for person, seen in ((contributor, expected), (None, expected.replace("0", ""))):
        client, found, address = client_of(person), "", f"{at(album)}/images"
        pages = []
        while address:
            pages.append(client.get(address))
            found += names(pages[-1])
            address = pages[-1].json()["next"]
        assert found == seen
        assert names(client.get(pages[-1].json()["previous"])) == names(pages[-2])


def test_a_cursor_tells_nothing_of_what_is_hidden(album, contributor, images, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 1)
    positions = {str(position) for position in AlbumEntry.objects.values_list("position", flat=True)}
    following = client_of().get(f"{at(album)}/images").json()["next"]
    text = following.partition("cursor=")[2].partition("%3A")[0].lstrip(".")
    said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert said[0] == "position"
    assert said[1] not in positions
    assert int(said[1]) % album_entries.GAP


def test_a_page_of_images_costs_six_queries(album, contributor, django_assert_max_num_queries):
    for ordering in ("hand", "-taken_at"):
        Album.objects.update(ordering=ordering)
        with django_assert_max_num_queries(8):
            client_of(contributor).get(f"{at(album)}/images")


def test_an_image_says_in_which_albums_the_caller_sees_it(album, images, contributor, stranger):
    own = create(contributor, "A first")
    file(contributor, own, [images[1].pk])
    shown = {"id": str(album.pk), "slug": album.slug, "title": album.title}
    first = {"id": str(own.pk), "slug": "a-first", "title": "A first"}
    one = f"{IMAGES}/{images[1].pk}"
    assert client_of(contributor).get(one).json()["albums"] == [first, shown]
    assert client_of(stranger).get(one).json()["albums"] == [shown]
    listed = {image["id"]: image["albums"] for image in client_of().get(IMAGES).json()["results"]}
    assert listed == {pk: [shown] for pk in ids(images, "1234")}
    changed = client_of(contributor).patch(one, {"title": "Changed", "albums": []}, format="json")
    assert changed.json()["albums"] == [first, shown]


def test_the_version_of_an_image_is_another_in_another_album(album, images, contributor):
    one = f"{IMAGES}/{images[1].pk}"
    before = client_of(contributor).get(one)["ETag"]
    client_of(contributor).patch(at(album), {"title": "Winter"}, format="json")
    assert client_of(contributor).get(one)["ETag"] != before


def test_answers_are_the_callers_own(album):
    for address in (ALBUMS, at(album), f"{at(album)}/images"):
        response = client_of().get(address)
        assert response["Cache-Control"] == "private, no-cache"
        assert {"Cookie", "Authorization"} <= set(response["Vary"].split(", "))


# --- Curating ---------------------------------------------------------------------------------------


def test_who_uploads_makes_describes_and_deletes(contributor, images):
    client = client_of(contributor)
    response = client.post(ALBUMS, {"title": " Summer in Porto "}, format="json")
    made = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{ALBUMS}/{made['id']}"
    assert (made["title"], made["slug"], made["visibility"]) == (
        "Summer in Porto",
        "summer-in-porto",
        "private",
    )
    album = Album.objects.get()
    assert album.made_by == contributor
    client.post(f"{at(album)}/images", {"images": ids(images, "12")}, format="json")
    said = {"title": "Winter", "description": "a\nb", "visibility": "public", "ordering": "-taken_at"}
    said["cover"] = str(images[2].pk)
    assert client.patch(at(album), said, format="json").json().items() >= (said | {"slug": "winter"}).items()
    assert client.patch(at(album), {"cover": None}, format="json").json()["cover"] == str(images[1].pk)
    assert client.patch(at(album), {}, format="json").json()["title"] == "Winter"
    assert client.delete(at(album)).status_code == 204
    assert not Album.objects.exists()
    assert Image.objects.count() == 5


def test_images_are_filed_moved_and_taken_out(contributor, images):
    album, client = create(contributor, "Porto"), client_of(contributor)
    assert (
        client.post(f"{at(album)}/images", {"images": ids(images, "312")}, format="json").json()["count"] == 3
    )
    sent = {"images": ids(images, "24"), "before": ids(images, "1")[0]}
    assert client.post(f"{at(album)}/images", sent, format="json").json()["count"] == 4
    assert names(client.get(f"{at(album)}/images")) == "3241"
    gone = client.delete(f"{at(album)}/images", {"images": ids(images, "230")}, format="json")
    assert (gone.status_code, gone.json()["count"]) == (200, 2)
    assert names(client.get(f"{at(album)}/images")) == "41"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"title": ["a"]}, "title"),
        ({"visibility": "open"}, "visibility"),
        ({"ordering": "size"}, "ordering"),
        ({"description": "x" * 10_001}, "description"),
        ({"cover": "x"}, "cover"),
        ({"cover": "00000000-0000-4000-8000-000000000000"}, "cover"),
        ({"color": "#aabbcc"}, "color"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(contributor, album, sent, field):
    client = client_of(contributor)
    before = list(Album.objects.values())
    assert refused(client.patch(at(album), sent, format="json")) == field
    assert refused(client.post(ALBUMS, {"title": "new"} | sent, format="json")) == field
    assert list(Album.objects.values()) == before


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "images"),
        ({"images": []}, "images"),
        ({"images": None}, "images"),
        ({"images": ["00000000-0000-4000-8000-000000000000"]}, "images"),
        ({"images": "1", "before": "00000000-0000-4000-8000-000000000000"}, "before"),
        ({"images": "1", "after": "x"}, "after"),
    ],
)
def test_what_cannot_be_filed_is_refused_in_words(contributor, album, images, sent, field):
    if sent.get("images") == "1":
        sent = sent | {"images": ids(images, "1")}
    before = list(AlbumEntry.objects.order_by("pk").values())
    assert refused(client_of(contributor).post(f"{at(album)}/images", sent, format="json")) == field
    assert list(AlbumEntry.objects.order_by("pk").values()) == before


def test_an_editor_changes_the_album_of_another_and_others_do_not(album, images, editor, viewer, stranger):
    other = make_user("other", "Contributors")
    sent = {"title": "Mine", "images": ids(images, "1")}
    acts = (
        ("post", ALBUMS),
        ("patch", at(album)),
        ("delete", at(album)),
        ("post", f"{at(album)}/images"),
        ("delete", f"{at(album)}/images"),
    )
    before = list(Album.objects.values())
    for person, status in ((None, 401), (stranger, 403), (viewer, 403), (other, 403)):
        for method, address in acts[person is other :]:
            response = getattr(client_of(person), method)(address, sent, format="json")
            assert problem(response)[0] == status, (person, method)
    assert list(Album.objects.values()) == before
    client = client_of(editor)
    assert client.patch(at(album), {"title": "Edited"}, format="json").json()["slug"] == "edited"
    assert (
        client.delete(f"{at(album)}/images", {"images": ids(images, "1")}, format="json").status_code == 200
    )
    assert client.delete(at(album)).status_code == 204


def test_an_album_that_is_deleted_meanwhile_is_not_found(contributor, album, images, monkeypatch):
    def file_late(user, album, **said):
        delete(album)
        file(user, album, **said)

    monkeypatch.setattr("images.api.albums.file", file_late)
    sent = {"images": ids(images, "1")}
    assert problem(client_of(contributor).post(f"{at(album)}/images", sent, format="json")) == (
        404,
        "not_found",
    )
