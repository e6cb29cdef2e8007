"""/shares/new: a link is made to an image, an album, a search or a selection; its address is shown once."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.utils import timezone

from images.catalogue import sharing
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share, shares_of
from images.catalogue.tags import set_tags
from images.catalogue.trash import trash
from images.errors import Busy
from images.models import Image, ShareLink
from tests.clients.pages import Form, Tags
from tests.factories import add_image, add_rows, make_image

pytestmark = pytest.mark.django_db

NEW = "/shares/new"


@pytest.fixture
def own(client, contributor) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def images(contributor) -> list[Image]:
    made = [
        add_image(make_image(seed=seed), title=f"Kite {seed}", uploaded_by=contributor, visibility="private")
        for seed in range(3)
    ]
    for image in made:
        set_tags(image, ["walk"])
    return made


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def address_in(response) -> str:
    return next(a["value"] for tag, a in Tags(response).all if a.get("id") == "address")


def sent(client: Client, page, **said: str):
    """Return the answer to the form of `page`, filled in so."""
    return client.post(NEW, Form(page, "ends").filled(**said))


def shown(address: str) -> list[Image]:
    secret = address.rpartition("/")[2]
    return Shared(live_share(secret), secret).page().rows


def links(page) -> list[str]:
    return [a["href"] for tag, a in Tags(page).all if tag == "a" and NEW in a.get("href", "")]


# --- From where it is made ---------------------------------------------------------------------------


def test_an_image_is_shared_from_its_page(own, images):
    (link,) = links(own.get(images[0].get_absolute_url()))
    page = own.get(link)
    assert "no-store" in page["Cache-Control"]
    assert "Kite 0" in text(page)
    assert "Copies that people saved cannot be recalled." in text(page)
    made = sent(own, page)
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    address = address_in(made)
    assert re.fullmatch(r"http://testserver/s/[\w-]{22}", address)
    assert shown(address) == images[:1]
    for path in ("/shares", NEW + f"?image={images[0].pk}", images[0].get_absolute_url()):
        assert address.rpartition("/")[2] not in own.get(path).content.decode()


def test_an_album_is_shared_from_its_page(own, images, contributor):
    album = create(contributor, "Summer in Porto")
    file(contributor, album, [image.pk for image in images])
    (link,) = links(own.get(album.get_absolute_url()))
    page = own.get(link)
    assert "Album: Summer in Porto" in text(page)
    assert shown(address_in(sent(own, page))) == images


def test_what_a_search_finds_is_shared_from_the_gallery_and_a_tag_from_its_page(own, images):
    for path in ("/?search=tag:walk+sort:title", "/?tag=walk&ordering=title", "/tags/walk"):
        (link,) = links(own.get(path))
        page = own.get(link)
        assert "Search: tag:walk" in text(page)
        assert set(shown(address_in(sent(own, page)))) == {*images}


@pytest.mark.parametrize("path", ["/", "/?search=is:trashed", "/?min_width=1", "/?search=tag:("])
def test_what_is_no_search_alone_is_not(own, images, path):
    trash(add_image(make_image(seed=9), uploaded_by=images[0].uploaded_by))
    assert links(own.get(path)) == []


def test_a_selection_is_shared_from_the_bar_in_the_order_of_the_page(own, images):
    ids = [images[number].pk for number in (2, 0)]
    page = own.post("/", {"action": "share", "images": ids})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert "2 images" in text(page)
    assert shown(address_in(sent(own, page))) == [images[2], images[0]]
    assert not ShareLink.objects.exclude(target="selection").exists()


def test_all_that_match_are_one_field(own, contributor):
    add_rows(1_100, uploaded_by=contributor)
    page = own.post("/?search=-nothing", {"action": "share", "every": "1100"})
    assert "1100 images" in text(page)
    assert len(shown(address_in(sent(own, page)))) == 50
    assert ShareLink.objects.get().entries.count() == 1_100


def test_the_form_keeps_what_is_selected_when_something_is_wrong(own, images):
    page = own.post("/", {"action": "share", "images": [images[1].pk]})
    wrong = sent(own, page, note="x" * 201)
    assert wrong.status_code == 400
    assert "1 image" in text(wrong)
    assert shown(address_in(sent(own, wrong, note="Ana"))) == [images[1]]


# --- Who may -----------------------------------------------------------------------------------------


def test_who_may_not_edit_is_offered_none(client, viewer, images, contributor):
    client.force_login(viewer)
    create(contributor, "Walk")
    for path in (images[0].get_absolute_url(), "/albums/walk", "/?search=tag:walk", "/tags/walk"):
        page = client.get(path)
        assert page.status_code == 200
        assert links(page) == []
    for target in (f"image={images[0].pk}", f"album={contributor.albums.get().pk}"):
        assert client.get(f"{NEW}?{target}").status_code == 403
    selected = client.post("/", {"action": "share", "images": [images[0].pk]}, follow=True)
    assert "Some of these images are not yours to share." in text(selected)
    filled = {"images": str(images[0].pk), "ends": "7"}
    assert client.post(NEW, filled).status_code == 403
    assert not ShareLink.objects.exists()


def test_hidden_is_as_absent(client, stranger, images, contributor):
    client.force_login(stranger)
    album = create(contributor, "Walk")
    for name, pk in (("image", images[0].pk), ("album", album.pk)):
        answers = [client.get(f"{NEW}?{name}={one}") for one in (pk, "0" * 32)]
        assert [answer.status_code for answer in answers] == [404, 404]
    gone = client.post("/", {"action": "share", "images": [images[0].pk]}, follow=True)
    assert f"There is no such image: {images[0].pk}." in text(gone)


def test_nobody_signs_in_first(client, images):
    for path in (NEW + f"?image={images[0].pk}", "/shares", f"/shares/{images[0].pk}"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login")
    assert client.post(NEW, {"image": images[0].pk, "ends": "7"}).status_code == 302
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "?image=x", "?images=x", "?search=x&album=", "?image=&search=a&images="]
)
def test_the_address_names_one_thing(own, images, query):
    status = 200 if "search" in query else 404
    assert own.get(NEW + query).status_code == status


def test_two_things_are_none(own, images):
    assert own.get(f"{NEW}?image={images[0].pk}&search=x").status_code == 404


def test_a_search_that_is_none_is_said(own):
    answer = own.get(f"{NEW}?search=tag:(")
    assert answer.status_code == 400


# --- Terms -------------------------------------------------------------------------------------------


def made_with(client: Client, **said: str) -> ShareLink:
    answer = sent(client, client.get(f"{NEW}?search=tag:walk"), **said)
    assert answer.status_code == 200, text(answer)
    return live_share(address_in(answer).rpartition("/")[2])


def test_what_is_not_said_is_the_safer(own):
    share = made_with(own)
    assert (share.note, share.password, share.may_download, share.may_locate) == ("", "", False, False)
    assert timedelta(days=29) < share.expires_at - timezone.now() <= timedelta(days=30)


def test_terms_are_as_they_were_said(own):
    form = Form(own.get(f"{NEW}?search=tag:walk"), "ends").fields
    rights = {"may_download": "on", "may_locate": "on"}
    answer = own.post(NEW, form | rights | {"note": "Ana", "password": " open sesame ", "ends": "never"})
    assert "For “ Ana ”" in text(answer)
    assert "Tell the password by another way." in text(answer)
    assert "It ends when you revoke it." in text(answer)
    assert "sesame" not in answer.content.decode()
    share = ShareLink.objects.get()
    assert (share.note, share.expires_at, share.may_download, share.may_locate) == ("Ana", None, True, True)
    assert check_password("open sesame", share.password)


def test_it_ends_with_a_day(own):
    day = date.today() + timedelta(days=3)
    share = made_with(own, ends="on_a_day", day=day.isoformat())
    assert share.expires_at == datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    assert made_with(own, ends="on_a_day", day=timezone.now().date().isoformat())


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends": "on_a_day"},
        {"ends": "on_a_day", "day": "2020-01-01"},
        {"ends": "on_a_day", "day": "9999-12-31"},
        {"ends": "on_a_day", "day": "tomorrow"},
        {"ends": "7", "day": "2999-01-01"},
        {"ends": "8"},
        {"ends": ""},
        {"note": "x" * 201},
        {"password": "   "},
        {"password": "x" * 129},
    ],
)
def test_what_is_wrong_is_said_and_makes_none(own, wrong):
    answer = sent(own, own.get(f"{NEW}?search=tag:walk"), **wrong)
    assert answer.status_code == 400
    assert "no-store" in answer["Cache-Control"]
    assert 'class="errorlist"' in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_beyond_the_most_none_is_made_and_it_is_said_why(own, contributor, monkeypatch):
    monkeypatch.setattr(sharing, "MOST", 1)
    make_share(contributor, "tag:walk")
    answer = sent(own, own.get(f"{NEW}?search=tag:walk"))
    assert answer.status_code == 400
    assert "You have 1 links, which is the most." in text(answer)


def test_while_passwords_are_hashed_it_is_busy(own, monkeypatch):
    def refuse(password):
        raise Busy("Too many people are signing in just now.")

    monkeypatch.setattr(sharing, "make_password", refuse)
    answer = sent(own, own.get(f"{NEW}?search=tag:walk"), password="open sesame")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert not ShareLink.objects.exists()


# --- What shows that something is shared -------------------------------------------------------------


def test_what_is_shared_says_so_to_who_shared_it(own, client, images, contributor, editor):
    album = create(contributor, "Walk")
    for of in (images[0], images[0], album):
        make_share(contributor, of)
    make_share(editor, images[0])
    assert "Shared by 2 links of yours" in text(own.get(images[0].get_absolute_url()))
    assert "Shared by 1 link of yours" in text(own.get(album.get_absolute_url()))
    assert "Shared by" not in text(own.get(images[1].get_absolute_url()))
    sharing.revoke(shares_of(contributor))
    assert "Shared by" not in text(own.get(images[0].get_absolute_url()))
    client.force_login(editor)
    assert "Shared by 1 link of yours" in text(client.get(images[0].get_absolute_url()))


def test_before_an_album_is_deleted_it_is_said_that_its_links_end(own, contributor):
    album = create(contributor, "Walk")
    make_share(contributor, album)
    asked = own.post(album.get_absolute_url(), {"action": "delete"})
    assert "links that share it end for good" in text(asked)
    own.post(album.get_absolute_url(), {"action": "delete", "confirmed": "yes"})
    assert not ShareLink.objects.exists()
