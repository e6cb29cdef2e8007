"""Albums made, described and deleted on their pages, and images taken out of them."""

import pytest

from images.catalogue.album_curation import create, describe
from images.catalogue.album_entries import file
from images.catalogue.albums import seen_entries
from images.catalogue.curation import hide
from images.models import Album, Image
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

PAGE = "/albums/summer-in-porto"
ARRANGED = f"{PAGE}?arrange=1"


@pytest.fixture
def images(contributor) -> list[Image]:
    """Four; the last is private."""
    added = [add_image(make_image(seed=seed), title=f"{seed}", uploaded_by=contributor) for seed in range(4)]
    hide(added[3])
    return added


@pytest.fixture
def album(contributor, images) -> Album:
    made = create(contributor, "Summer in Porto", visibility="public", description="Ten days.")
    file(contributor, made, [image.pk for image in images])
    return made


@pytest.fixture
def owner(client, contributor, album):
    client.force_login(contributor)
    return contributor


def order(user, album: Album) -> str:
    return "".join(entry.image.title for entry in seen_entries(user, album))


def rows(response) -> str:
    """Return the titles of the images that are arranged."""
    pks = [a["id"].removeprefix("image-") for t, a in Tags(response).all if t == "li" and "id" in a]
    return "".join(Image.objects.get(pk=pk).title for pk in pks)


def test_who_uploads_makes_one(client, contributor, viewer):
    client.force_login(contributor)
    form = Form(client.get("/albums"), "description")
    assert form.fields["visibility"] == "private"
    response = client.post("/albums", form.filled(title="Summer in Porto", description="Ten days."))
    assert response["Location"] == PAGE
    album = Album.objects.get()
    assert (album.title, album.description, album.visibility) == ("Summer in Porto", "Ten days.", "private")
    assert album.made_by == contributor


@pytest.mark.parametrize("title", ["", " \x01 ", "a\0b", "x" * 201])
def test_without_a_title_none_is_made(client, contributor, title):
    client.force_login(contributor)
    response = client.post("/albums", {"title": title, "description": "Kept.", "visibility": "public"})
    assert response.status_code == 400
    assert "errorlist" in response.content.decode()
    assert "Kept." in response.content.decode()
    assert not Album.objects.exists()


def test_who_may_not_upload_makes_none(client, viewer, stranger):
    for user in (None, stranger, viewer):
        if user:
            client.force_login(user)
        assert 'name="title"' not in client.get("/albums").content.decode()
        assert client.post("/albums", {"title": "x", "visibility": "public"}).status_code == 403
    assert not Album.objects.exists()


def test_others_change_nothing(client, album, images, viewer, stranger):
    for user in (None, stranger, viewer, make_user("other", "Contributors")):
        if user:
            client.force_login(user)
        page = client.get(ARRANGED)
        assert 'name="ordering"' not in page.content.decode()
        assert rows(page) == ""
        for action in ("delete", "cover", "uncover", "unfile"):
            said = {"action": action, "image": images[0].pk, "confirmed": "yes"}
            assert client.post(PAGE, said).status_code == 403
        assert client.post(PAGE, {"title": "x"}).status_code == 403
    album.refresh_from_db()
    assert (album.title, album.all) == ("Summer in Porto", 4)


@pytest.mark.parametrize("who", ["contributor", "editor"])
def test_who_made_it_and_who_edits_describe_it(client, request, album, who):
    client.force_login(request.getfixturevalue(who))
    form = Form(client.get(PAGE), "ordering")
    response = client.post(PAGE, form.filled(title="Winter", visibility="private", ordering="-taken_at"))
    assert response["Location"] == "/albums/winter"
    album.refresh_from_db()
    assert (album.title, album.description) == ("Winter", "Ten days.")
    assert (album.visibility, album.ordering) == ("private", "-taken_at")


def test_a_former_address_takes_changes_too(client, album, owner):
    form = Form(client.get(PAGE), "ordering")
    describe(owner, album, title="Winter")
    response = client.post(PAGE, form.filled(description="Cold."))
    assert response["Location"] == "/albums/winter"
    album.refresh_from_db()
    assert (album.title, album.description) == ("Winter", "Cold.")


def test_what_two_change_at_once_is_not_lost(client, album, owner, editor):
    form = Form(client.get(PAGE), "ordering")
    describe(editor, album, description="Nine days.")
    response = client.post(PAGE, form.filled(description="Eleven days."))
    assert response.status_code == 400
    assert "<q><bdi>Nine days.</bdi></q>" in response.content.decode()
    album.refresh_from_db()
    assert album.description == "Nine days."
    client.post(PAGE, Form(response, "ordering").fields)
    album.refresh_from_db()
    assert album.description == "Eleven days."


@pytest.mark.parametrize(
    "said", [{"title": ""}, {"title": "x" * 201}, {"visibility": "x"}, {"ordering": "size"}]
)
def test_what_is_refused_is_said_and_nothing_is_changed(client, album, owner, said):
    form = Form(client.get(PAGE), "ordering")
    response = client.post(PAGE, form.fields | {"description": "New."} | said)
    assert response.status_code == 400
    page = response.content.decode()
    assert "errorlist" in page
    assert '<h1 dir="auto">Summer in Porto</h1>' in page
    album.refresh_from_db()
    assert (album.title, album.description) == ("Summer in Porto", "Ten days.")


def test_it_is_deleted_after_a_question(client, album, owner):
    question = client.post(PAGE, {"action": "delete"})
    assert question.status_code == 200
    assert "Delete this album?" in question.content.decode()
    assert Album.objects.exists()
    response = client.post(PAGE, {"action": "delete", "confirmed": "yes"}, follow=True)
    assert response.redirect_chain == [("/albums", 302)]
    assert not Album.objects.exists()
    assert Image.objects.count() == 4


def test_its_images_are_arranged_page_after_page(client, album, owner, monkeypatch):
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 3)
    assert Tags(client.get(PAGE)).link(href=ARRANGED)
    first = client.get(ARRANGED)
    assert rows(first) == "012"
    following = Tags(first).link(rel="next")["href"]
    assert following.startswith(ARRANGED)
    assert rows(client.get(following)) == "3"
    assert Tags(first).link(href=PAGE)


def test_an_image_of_it_becomes_its_cover_and_is_one_no_more(client, album, images, owner):
    response = client.post(ARRANGED, {"action": "cover", "image": images[2].pk})
    assert response["Location"] == f"{ARRANGED}#cover-{images[2].pk}"
    album.refresh_from_db()
    assert album.cover == images[2]
    page = client.get(ARRANGED).content.decode()
    assert page.count('value="uncover" aria-pressed="true"') == 1
    assert page.count('value="cover" aria-pressed="false"') == 3
    client.post(ARRANGED, {"action": "uncover", "image": images[2].pk})
    album.refresh_from_db()
    assert album.cover is None


def test_another_image_does_not(client, album, owner):
    other = add_image(make_image(seed=9))
    response = client.post(ARRANGED, {"action": "cover", "image": other.pk}, follow=True)
    assert "This image is not in the album." in response.content.decode()
    album.refresh_from_db()
    assert album.cover is None


def test_an_image_is_taken_out_and_stays_in_the_library(client, album, images, owner):
    response = client.post(ARRANGED, {"action": "unfile", "image": images[1].pk}, follow=True)
    assert response.redirect_chain == [(ARRANGED, 302)]
    assert "The image is out of this album." in response.content.decode()
    assert order(owner, album) == "023"
    assert Image.objects.count() == 4


@pytest.mark.parametrize(
    "said", [{"action": "burn"}, {"action": "cover"}, {"action": "unfile", "image": "x"}]
)
def test_what_is_no_action_of_the_page_is_refused(client, album, owner, said):
    assert client.post(PAGE, said).status_code == 400


def test_arranging_costs_at_most_eight_queries(client, album, owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        client.get(ARRANGED)


@pytest.mark.parametrize(
    ("action", "moved", "becomes"),
    [
        ("first", 2, "2013"),
        ("before", 2, "0213"),
        ("before", 3, "0132"),
        ("before", 1, "1023"),
        ("behind", 0, "1023"),
        ("behind", 1, "0213"),
        ("behind", 2, "0132"),
        ("first", 0, "0123"),
        ("before", 0, "0123"),
        ("behind", 3, "0123"),
    ],
)
def test_an_image_is_moved_and_the_page_is_back_at_its_button(
    client, album, images, owner, action, moved, becomes
):
    pk = images[moved].pk
    response = client.post(ARRANGED, {"action": action, "image": pk})
    assert response["Location"] == f"{ARRANGED}#{action}-{pk}"
    assert f'id="{action}-{pk}"' in client.get(ARRANGED).content.decode()
    assert order(owner, album) == becomes


def test_one_moves_past_an_image_that_one_sees(client, album, images):
    """Who does not see the third moves the last one before the second."""
    hide(images[2])
    Image.objects.filter(pk=images[3].pk).update(visibility="public")
    former = make_user("former")
    Album.objects.filter(pk=album.pk).update(made_by=former)
    client.force_login(former)
    client.post(ARRANGED, {"action": "before", "image": images[3].pk})
    assert order(former, album) == "031"
    client.post(ARRANGED, {"action": "behind", "image": images[3].pk})
    assert order(former, album) == "013"


@pytest.mark.parametrize("action", ["first", "before", "behind"])
def test_an_image_that_left_is_not_moved(client, album, owner, action):
    other = add_image(make_image(seed=9), title="9")
    response = client.post(ARRANGED, {"action": action, "image": other.pk}, follow=True)
    assert "This image is not in the album." in response.content.decode()
    assert order(owner, album) == "0123"


def test_in_an_order_by_words_none_is_moved_and_the_page_says_why(client, album, owner):
    assert 'value="before"' in client.get(ARRANGED).content.decode()
    describe(owner, album, ordering="title")
    page = client.get(ARRANGED).content.decode()
    assert 'value="before"' not in page
    assert "The order of this album is “By title”." in page
