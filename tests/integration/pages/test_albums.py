"""The pages of albums: who sees which, and what of it."""

import pytest

from images.catalogue.album_curation import create, describe
from images.catalogue.album_entries import file
from images.catalogue.curation import hide
from images.models import Album, Image
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(contributor) -> list[Image]:
    """Four; the last is private."""
    added = [
        add_image(make_image(seed=seed), title=f"{seed}", filename=f"{9 - seed}.jpg", uploaded_by=contributor)
        for seed in range(4)
    ]
    hide(added[3])
    return added


@pytest.fixture
def album(contributor, images) -> Album:
    """All of them, the last first, in an album that is public."""
    made = create(
        contributor, "Summer in Porto", visibility="public", description="Ten days.\n\nTwo of rain."
    )
    file(contributor, made, [image.pk for image in reversed(images)])
    return made


@pytest.fixture
def secret(contributor, images) -> Album:
    """A private one with a public image."""
    made = create(contributor, "Secret")
    file(contributor, made, [images[0].pk])
    return made


def links(response) -> list[str]:
    return [
        a["href"].removeprefix("/albums/")
        for t, a in Tags(response).all
        if t == "a" and a.get("href", "").startswith("/albums/")
    ]


def shown(response) -> str:
    return "".join(attrs["data-title"] for _, attrs in Tags(response).all if "data-title" in attrs)


def test_each_sees_the_albums_that_exist_for_them(client, album, secret, stranger, viewer):
    page = client.get("/albums")
    assert links(page) == ["summer-in-porto"]
    assert "3 images" in page.content.decode()
    assert 'class="badge"' not in page.content.decode()
    client.force_login(stranger)
    assert links(client.get("/albums")) == ["summer-in-porto"]
    client.force_login(viewer)
    page = client.get("/albums")
    assert links(page) == ["secret", "summer-in-porto"]
    assert "4 images" in page.content.decode()
    assert page.content.decode().count('class="badge"') == 1


def test_each_sees_a_cover_that_they_see(client, album, images, contributor, viewer):
    def cover() -> str:
        return Tags(client.get("/albums")).images()[0]["src"]

    assert str(images[2].pk) in cover()  # the first is private
    describe(contributor, album, cover_id=images[1].pk)
    assert str(images[1].pk) in cover()
    describe(contributor, album, cover_id=images[3].pk)
    assert str(images[2].pk) in cover()
    client.force_login(viewer)
    assert str(images[3].pk) in cover()


def test_an_album_without_images_has_no_cover(client, contributor):
    create(contributor, "Nothing yet", visibility="public")
    page = client.get("/albums")
    assert links(page) == ["nothing-yet"]
    assert Tags(page).images() == []
    of_visitor = client.get("/albums/nothing-yet").content.decode()
    assert "No images that you see are in this album." in of_visitor
    assert "Search among these" not in of_visitor
    client.force_login(contributor)
    assert ("upload into it" in client.get("/albums/nothing-yet").content.decode()) > (
        "upload into" in of_visitor
    )


def test_where_there_are_none_it_is_said(client, db):
    assert "No albums yet." in client.get("/albums").content.decode()


def test_they_come_page_after_page_and_back(client, album, contributor, monkeypatch):
    create(contributor, "Autumn", visibility="public")
    monkeypatch.setattr("images.pages.albums.ALBUMS_ON_A_PAGE", 1)
    first = client.get("/albums")
    assert links(first) == ["autumn"]
    second = client.get("/albums" + Tags(first).link(rel="next")["href"])
    assert links(second) == ["summer-in-porto"]
    assert links(client.get("/albums" + Tags(second).link(rel="prev")["href"])) == ["autumn"]
    assert client.get("/albums?cursor=x").status_code == 404


def test_an_album_has_its_words_and_the_images_of_who_asks_in_its_order(client, album, viewer):
    page = client.get("/albums/summer-in-porto")
    assert shown(page) == "210"
    assert "<p>Ten days.</p>" in page.content.decode()
    assert "3 images" in page.content.decode()
    client.force_login(viewer)
    page = client.get("/albums/summer-in-porto")
    assert shown(page) == "3210"
    assert "4 images" in page.content.decode()


@pytest.mark.parametrize(("ordering", "order"), [("hand", "210"), ("title", "012"), ("filename", "210")])
def test_they_come_in_the_order_that_was_chosen(client, album, contributor, ordering, order):
    describe(contributor, album, ordering=ordering)
    assert shown(client.get("/albums/summer-in-porto")) == order


def test_its_images_come_page_after_page_and_back(client, album, monkeypatch):
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 2)
    first = client.get("/albums/summer-in-porto")
    assert shown(first) == "21"
    assert Tags(first).link(rel="prev") is None
    second = client.get(Tags(first).link(rel="next")["href"])
    assert shown(second) == "0"
    assert shown(client.get(Tags(second).link(rel="prev")["href"])) == "21"
    assert client.get("/albums/summer-in-porto?cursor=x").status_code == 404


@pytest.mark.parametrize("slug", ["secret", "absent", "a%00b", "x" * 2000, "%C3%A9", "a%0d%0ab"])
def test_an_album_that_does_not_exist_for_the_person_is_not_found(client, secret, slug):
    assert client.get(f"/albums/{slug}").status_code == 404


def test_one_that_is_hidden_answers_as_one_that_does_not_exist(client, secret):
    hidden, absent = client.get("/albums/secret"), client.get("/albums/absent")
    assert hidden.content.replace(b"secret", b"absent") == absent.content  # where sign-in leads
    assert hidden.headers == absent.headers


def test_a_former_address_leads_to_the_present_one(client, album, secret, contributor):
    describe(contributor, album, title="Winter")
    response = client.get("/albums/summer-in-porto?cursor=a%26b&next=//example.org")
    assert response.status_code == 301
    assert response["Location"] == "/albums/winter?cursor=a%26b&next=%2F%2Fexample.org"
    assert "no-cache" in response["Cache-Control"]  # the album may take its former name again
    assert client.head("/albums/summer-in-porto")["Location"] == "/albums/winter"
    describe(contributor, secret, title="Hidden")
    assert client.get("/albums/secret").status_code == 404
    describe(contributor, album, title="Summer in Porto")
    assert client.get("/albums/summer-in-porto").status_code == 200


@pytest.mark.parametrize(
    ("user", "says"), [(None, ""), ("viewer", ""), ("contributor", "One of its"), ("editor", "One of its")]
)
def test_who_changes_it_reads_what_visitors_do_not_see(client, request, album, user, says):
    if user:
        client.force_login(request.getfixturevalue(user))
    page = client.get("/albums/summer-in-porto")
    sentence = "One of its images is not for visitors: they do not see it here."
    assert (sentence in page.content.decode()) == bool(says)
    hidden = Tags(page).link(href="/?search=album%3Asummer-in-porto+-is%3Apublic")
    assert bool(hidden) == bool(says)
    if says:
        assert shown(client.get(hidden["href"])) == "3"


def test_a_private_album_says_that_visitors_see_none_of_it(client, secret, contributor):
    client.force_login(contributor)
    page = client.get("/albums/secret").content.decode()
    assert "This album is private: visitors do not see it." in page


def test_who_does_not_see_all_is_not_told_how_many_they_do_not_see(client, images, contributor, album):
    former = make_user("former")
    Album.objects.filter(pk=album.pk).update(made_by=former)
    client.force_login(former)
    page = client.get("/albums/summer-in-porto").content.decode()
    assert "3 images" in page
    assert "is private" not in page


def test_navigation_leads_there(client, db):
    assert Tags(client.get("/")).link(href="/albums") == {"href": "/albums"}
    assert Tags(client.get("/albums")).link(href="/albums") == {"href": "/albums", "aria-current": "page"}


@pytest.mark.parametrize("path", ["/albums", "/albums/summer-in-porto"])
def test_they_cost_at_most_eight_queries(client, album, secret, editor, path, django_assert_max_num_queries):
    client.force_login(editor)
    with django_assert_max_num_queries(8):
        client.get(path)


# --- One that fills itself -------------------------------------------------------------------------


def test_a_search_is_kept_as_an_album_from_its_page(client, contributor, images):
    client.force_login(contributor)
    link = Tags(client.get("/?search=jpg&ordering=title")).link(href="/albums?search=jpg+sort%3Atitle")
    form = Form(client.get(link["href"]), "search")
    assert (form.fields["search"], form.fields["title"]) == ("jpg sort:title", "jpg sort:title")
    response = client.post("/albums", form.filled(title="Letters", visibility="public"))
    assert response["Location"] == "/albums/letters"
    page = client.get("/albums/letters")
    assert (shown(page), "4 images" in page.content.decode()) == ("0123", True)
    assert "arrange" not in page.content.decode()
    assert Tags(page).link(href="/?search=jpg+-is%3Apublic+sort%3Atitle")
    assert "Fills itself" in client.get("/albums").content.decode()
    client.logout()
    page = client.get("/albums/letters")
    assert (shown(page), "3 images" in page.content.decode()) == ("012", True)


@pytest.mark.parametrize(
    "query", ["", "?search=is:trashed", "?search=colour:red", "?min_width=1", "?cursor=1"]
)
def test_what_is_no_search_is_not_offered_to_be_kept(client, contributor, images, query):
    client.force_login(contributor)
    assert "Keep this search" not in client.get(f"/{query}").content.decode()


def test_nor_to_those_who_make_no_albums(client, viewer, images):
    client.force_login(viewer)
    assert "Keep this search" not in client.get("/?search=jpg").content.decode()


def test_a_search_that_is_not_understood_is_told_beside_it(client, contributor):
    client.force_login(contributor)
    said = {"title": "Red", "search": "colour:red", "visibility": "private"}
    response = client.post("/albums", said)
    assert response.status_code == 400
    assert 'aria-invalid="true"' in response.content.decode()
    assert not Album.objects.exists()


def test_its_search_and_its_order_are_edited(client, contributor, images):
    create(contributor, "Letters", search="jpg")
    client.force_login(contributor)
    form = Form(client.get("/albums/letters"), "ordering")
    assert "As the search says" in form.text
    assert client.post("/albums/letters", form.filled(search="jpg -3", ordering="filename"))["Location"]
    assert shown(client.get("/albums/letters")) == "210"


def test_it_costs_at_most_eight_queries(client, viewer, contributor, images, django_assert_max_num_queries):
    create(contributor, "Letters", search="jpg or 2", visibility="public")
    create(contributor, "Others", search="album:letters", visibility="public")
    client.force_login(viewer)
    for slug in ("letters", "others"):
        with django_assert_max_num_queries(8):
            client.get(f"/albums/{slug}")
    page = Tags(client.get("/albums/others"))
    href = page.link(href=f"{images[1].get_absolute_url()}?search=album%3Aletters")["href"]
    with django_assert_max_num_queries(8):
        client.get(href)
