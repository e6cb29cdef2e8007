"""Images chosen on the page of an album: what the gallery does with them, and taking them out."""

import re

import pytest

from images.catalogue import cursors
from images.catalogue.album_curation import create, delete, describe
from images.catalogue.album_entries import file
from images.catalogue.albums import seen_entries
from images.catalogue.curation import hide
from images.catalogue.tags import tag_names
from images.models import Album, Change, Image
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

PAGE = "/albums/kites"


@pytest.fixture
def images(contributor) -> list[Image]:
    """Six; the last is private."""
    added = [
        add_image(make_image(seed=n), title=f"{n}", filename=f"2026-07-0{9 - n}.jpg", uploaded_by=contributor)
        for n in range(6)
    ]
    hide(added[5])
    return added


@pytest.fixture
def album(contributor, images) -> Album:
    """All of them, the last first, on pages of two."""
    made = create(contributor, "Kites", visibility="public")
    file(contributor, made, [image.pk for image in reversed(images)])
    return made


@pytest.fixture
def owner(client, contributor, album, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    client.force_login(contributor)
    return contributor


def send(client, action: str, *images, page=PAGE, **said) -> str:
    """Return the page that follows, which is the same."""
    form = {"action": action, "images": [getattr(image, "pk", image) for image in images], **said}
    response = client.post(page, form, follow=True)
    assert response.redirect_chain == [(page, 302)]
    return response.content.decode()


def titles(album: Album, user=None) -> str:
    return "".join(entry.image.title for entry in seen_entries(user or album.made_by, album))


def pickable(client, page=PAGE) -> str:
    """Return the titles of the images that can be chosen."""
    boxes = re.findall('name="images" value="([^"]+)" form="selection"', client.get(page).content.decode())
    return "".join(Image.objects.get(pk=pk).title for pk in boxes)


def test_who_signed_in_chooses_what_they_see(client, album, images, viewer, stranger, editor):
    others = add_image(make_image(seed=9), title="9")
    file(editor, album, [others.pk])
    for user, chosen in ((None, ""), (viewer, "5432109"), (album.made_by, "5432109"), (editor, "5432109")):
        if user:
            client.force_login(user)
        assert pickable(client) == chosen, user
        assert ('id="selection"' in client.get(PAGE).content.decode()) == bool(user)


def test_who_changes_the_album_takes_out_what_others_added(client, album, images):
    """And chooses it for that, though they may change nothing of it."""
    former = make_user("former")
    Album.objects.update(made_by=former)
    client.force_login(former)
    assert pickable(client) == "43210"
    page = send(client, "unfile", images[1], images[5])
    assert "1 image is out of this album." in page
    assert "1 image was left as it is" in page  # which this person does not see
    assert titles(album, images[0].uploaded_by) == "54320"
    assert "1 image was left as it is" in send(client, "hide", images[0])


def test_they_are_taken_out_and_put_back_by_the_message(client, album, images, owner):
    describe(owner, album, cover_id=images[2].pk)
    page = send(client, "unfile", images[2], images[4])
    assert "2 images are out of this album." in page
    assert titles(album) == "5310"
    undo = re.search('form="undo" formaction="([^"]*)"', page)[1]
    client.post(undo)
    assert titles(album) == "543210"
    album.refresh_from_db()
    assert (album.cover_id, album.all) == (images[2].pk, 6)


def test_taken_out_already_changes_nothing_that_could_be_undone(client, album, images, owner):
    send(client, "unfile", images[2])
    assert 'form="undo"' not in send(client, "unfile", images[2])
    assert Change.objects.filter(kind=Change.Kind.ALBUM, what=Change.What.UNFILE).count() == 1


@pytest.mark.parametrize("who", [None, "viewer", "other"])
def test_who_may_not_change_the_album_takes_nothing_out(client, album, images, request, who):
    if who:
        client.force_login(make_user("b", "Contributors") if who == "other" else request.getfixturevalue(who))
    assert 'value="unfile"' not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"action": "unfile", "images": [images[0].pk]}).status_code == 403
    assert titles(album) == "543210"


def test_nothing_is_taken_out_of_no_album(client, images, owner):
    assert client.post("/", {"action": "unfile", "images": [images[0].pk]}).status_code == 403


def test_every_action_of_the_gallery_is_there_and_leads_back(client, album, images, owner):
    page = f"{PAGE}?cursor=&x=1"
    for action, said in (
        ("tag", {"tags": "Coast"}),
        ("edit", {"title": "Kite"}),
        ("favourite", {}),
        ("hide", {}),
        ("shift_dates", {"days": 1}),
        ("file", {"album": "Others"}),
        ("trash", {}),
    ):
        assert 'class="error"' not in send(client, action, images[0], page=page, **said), action
    images[0].refresh_from_db()
    assert (images[0].title, images[0].visibility) == ("Kite", "private")
    assert images[0].deleted_at
    assert tag_names(images[0]) == ["Coast"]
    assert titles(album) == "54321"


def test_the_trash_is_undone_there(client, album, images, owner):
    page = send(client, "trash", images[0])
    assert f'id="undo" method="post" action="{PAGE}"' in page
    assert titles(album) == "54321"
    assert "1 image is back in the library." in send(client, "restore", images[0])
    assert titles(album) == "543210"


def test_all_of_it_are_chosen_in_its_order(client, album, owner):
    assert 'name="every" value="6"' in client.get(PAGE).content.decode()
    page = send(client, "file", every=6, album="The same")
    assert "6 images are in the album" in page
    assert titles(Album.objects.get(title="The same")) == "543210"
    describe(owner, album, ordering="title")
    send(client, "file", every=6, album="By title")
    assert titles(Album.objects.get(title="By title")) == "012345"


def test_another_number_than_the_page_said_changes_nothing(client, album, images, owner):
    assert "By now these are not as many any more." in send(client, "unfile", images[0], every=5)
    assert titles(album) == "543210"


def test_all_are_those_that_the_person_sees(client, album, images, monkeypatch):
    """Of an album by another: what one uploaded oneself, hidden or not, and what is public."""
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    former, other = make_user("former"), make_user("other")
    Image.objects.filter(pk__in=[images[0].pk, images[5].pk]).update(uploaded_by=former)
    for user, seen in ((former, 6), (other, 5)):
        client.force_login(user)
        page = client.get(PAGE).content.decode()
        assert f'name="every" value="{seen}"' in page
    client.force_login(former)
    page = send(client, "tag", every=6, tags="Coast")
    assert "2 images have these tags now." in page
    assert "4 images were left as they are" in page


def test_all_on_one_page_are_no_more_than_the_page(client, album, contributor):
    client.force_login(contributor)
    assert 'name="every"' not in client.get(PAGE).content.decode()


def test_an_album_that_fills_itself_has_the_same_but_taking_out(client, images, owner):
    create(owner, "Found", search="jpg sort:-filename")
    page = client.get("/albums/found").content.decode()
    assert 'name="every" value="6"' in page
    assert 'value="unfile"' not in page
    send(client, "file", page="/albums/found", every=6, album="Kept")
    assert titles(Album.objects.get(title="Kept")) == "012345"
    page = send(client, "unfile", images[0], page="/albums/found")
    assert "Nothing was changed. This album is filled by its search." in page


def test_an_album_that_was_deleted_meanwhile_is_not_found(client, album, images, owner):
    delete(album)
    assert client.post(PAGE, {"action": "tag", "tags": "x", "images": [images[0].pk]}).status_code == 404


def test_the_former_address_of_an_album_does_it_too(client, album, images, owner):
    describe(owner, album, title="Winter")
    response = client.post(PAGE, {"action": "unfile", "images": [images[0].pk]}, follow=True)
    assert response.redirect_chain == [(PAGE, 302), ("/albums/winter", 301)]
    assert titles(album) == "54321"


def test_with_nothing_chosen_nothing_is_changed(client, album, owner):
    for action in ("trash", "unfile"):
        assert "Nothing was changed. Choose at least one image." in send(client, action)


def test_while_it_is_arranged_nothing_is_chosen(client, album, owner):
    assert pickable(client, f"{PAGE}?arrange=1") == ""


@pytest.mark.parametrize("ordering", ["hand", "title"])
def test_all_of_it_cost_no_query_too_many(client, owner, album, ordering, django_assert_max_num_queries):
    client.force_login(make_user("member"))
    describe(owner, album, ordering=ordering)
    with django_assert_max_num_queries(8):
        page = client.get(PAGE)
    assert "All 5 images" in page.content.decode()
