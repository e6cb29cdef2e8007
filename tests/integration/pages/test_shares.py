"""/shares: one's own links, their terms, and their end."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.utils import timezone

from images.catalogue import cursors, sharing
from images.catalogue.album_curation import create
from images.catalogue.shares import live_share
from images.catalogue.sharing import make_share, revoke, shares_of
from images.catalogue.trash import trash
from images.models import Image, ShareLink
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

PATH = "/shares"


@pytest.fixture
def own(client, contributor) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def image(contributor) -> Image:
    return add_image(title="Kite", uploaded_by=contributor, visibility="private")


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def terms_of(share: ShareLink) -> str:
    return f"{PATH}/{share.pk}"


def test_it_is_reached_from_every_page_and_from_the_account(own):
    for path in ("/", "/account"):
        assert Tags(own.get(path)).link(href=PATH)


def test_without_links_it_says_how_one_is_made(own):
    page = text(own.get(PATH))
    assert "No links yet" in page
    assert "Revoke all" not in page


def test_what_each_leads_to_and_its_terms_are_told(own, contributor, image):
    album = create(contributor, "Summer in Porto")
    make_share(contributor, image, note="Ana", password="x", may_download=True)
    make_share(
        contributor, album, expires_at=timezone.now() + timedelta(days=1), may_download=True, may_locate=True
    )
    make_share(contributor, [image.pk])
    make_share(contributor, 'tag:"a walk"')
    ShareLink.objects.filter(note="Ana").update(visits=3, last_visit_at=timezone.now())
    page = own.get(PATH)
    said = text(page)
    for words in (
        "Ana works Image: Kite with a password",
        "3 visits, the last one",
        "with a password; originals may be downloaded, without the place; ends when you revoke it made",
        "For nobody in particular works Album: Summer in Porto without a password",
        "originals may be downloaded, with the place; ends",
        "works 1 image without a password",
        "works Search: tag:&quot;a walk&quot; without a password",
        "not visited yet",
        "originals are not downloaded",
    ):
        assert words in said, words
    hrefs = {a["href"] for tag, a in Tags(page).all if tag == "a"}
    assert {image.get_absolute_url(), album.get_absolute_url(), "/?search=tag%3A%22a%20walk%22"} <= hrefs


def test_whether_each_works_is_told(own, contributor, image):
    for note in ("works", "expired", "revoked"):
        make_share(contributor, "tag:walk", note=note)
    shares_of(contributor).filter(note="expired").update(expires_at=timezone.now() - timedelta(days=1))
    revoke(shares_of(contributor).filter(note="revoked"))
    make_share(contributor, image, note="lost")
    trash(image)
    said = text(own.get(PATH))
    for words in ("works works", "expired expired", "revoked revoked", "lost leads nowhere just now"):
        assert words in said
    assert "An image that you do not see" in said
    assert "Kite" not in said


def test_those_of_others_are_not_there(own, editor):
    share, secret = make_share(editor, "tag:walk", note="Theirs")
    assert "Theirs" not in text(own.get(PATH))
    for answer in (own.get(terms_of(share)), own.post(terms_of(share), {"action": "revoke"})):
        assert answer.status_code == 404
    own.post(PATH, {"action": "revoke_all", "confirmed": "yes"})
    assert live_share(secret)


def test_it_goes_on_in_pages(own, contributor, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    for number in range(5):
        make_share(contributor, "tag:walk", note=f"No. {number}")
    pages = [own.get(PATH)]
    while link := Tags(pages[-1]).link(rel="next"):
        pages.append(own.get(PATH + link["href"]))
    assert [re.findall(r"No\. (\d)", page.content.decode()) for page in pages] == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
    ]
    back = own.get(PATH + Tags(pages[-1]).link(rel="prev")["href"])
    assert re.findall(r"No\. (\d)", back.content.decode()) == ["2", "1"]
    assert own.get(f"{PATH}?cursor=x").status_code == 404


def test_a_page_takes_as_many_queries_however_many_links_it_has(
    own, contributor, image, django_assert_max_num_queries
):
    album = create(contributor, "Walk")
    for number in range(50):
        make_share(contributor, (image, album, [image.pk], "tag:walk")[number % 4])
    with django_assert_max_num_queries(
        7
    ):  # session, person, their permissions twice, links, what they lead to twice
        own.get(PATH)


# --- Their end ---------------------------------------------------------------------------------------


def test_one_is_revoked(own, contributor):
    share, secret = make_share(contributor, "tag:walk", note="Ana")
    _, other = make_share(contributor, "tag:walk")
    assert own.get(PATH).status_code == 200
    for _ in range(2):
        answer = own.post(terms_of(share), {"action": "revoke"}, follow=True)
        assert "The link is revoked: from now on it shows nothing." in text(answer)
    with pytest.raises(ShareLink.DoesNotExist):
        live_share(secret)
    assert live_share(other)
    assert "Ana revoked" in text(own.get(PATH))
    assert own.get(terms_of(share)).status_code == 404


def test_all_are_revoked_once_that_is_confirmed(own, contributor):
    secrets = [make_share(contributor, "tag:walk")[1] for _ in range(3)]
    asked = own.post(PATH, {"action": "revoke_all"})
    assert "3 links show nothing any more" in text(asked)
    assert all(live_share(secret) for secret in secrets)
    answer = own.post(PATH, Form(asked, "confirmed").fields, follow=True)
    assert "3 links are revoked." in text(answer)
    for secret in secrets:
        with pytest.raises(ShareLink.DoesNotExist):
            live_share(secret)
    assert "None of them works any more." in text(own.post(PATH, {"action": "revoke_all"}))


# --- Terms -------------------------------------------------------------------------------------------


def test_terms_are_changed_and_what_nobody_touched_stays(own, contributor):
    ends = timezone.now() + timedelta(days=1)
    share, secret = make_share(contributor, "tag:walk", note="Ana", password="old", expires_at=ends)
    page = own.get(terms_of(share))
    assert "Ana" in text(page)
    answer = own.post(
        terms_of(share), Form(page, "ends").filled(note="Ben") | {"may_download": "on"}, follow=True
    )
    assert "Saved." in text(answer)
    kept = live_share(secret)
    assert (kept.note, kept.expires_at, kept.may_download, kept.may_locate) == ("Ben", ends, True, False)
    assert check_password("old", kept.password)
    form = Form(own.get(terms_of(share)), "ends")
    own.post(terms_of(share), form.filled(ends="never", password="new"))
    kept = live_share(secret)
    assert (kept.expires_at, kept.may_download) == (None, True)
    assert check_password("new", kept.password)
    own.post(terms_of(share), Form(own.get(terms_of(share)), "ends").fields | {"no_password": "on"})
    assert live_share(secret).password == ""
    assert "no_password" not in own.get(terms_of(share)).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"note": "x" * 201}, {"ends": "on_a_day"}, {"password": "x", "no_password": "on"}, {"ends": ""}]
)
def test_what_is_wrong_is_said_and_changes_nothing(own, contributor, wrong):
    share, secret = make_share(contributor, "tag:walk", note="Ana", password="old")
    form = Form(own.get(terms_of(share)), "ends").fields
    answer = own.post(terms_of(share), form | wrong)
    assert answer.status_code == 400
    assert "no-store" in answer["Cache-Control"]
    assert (live_share(secret).note, live_share(secret).expires_at) == ("Ana", None)


def test_one_that_is_revoked_meanwhile_says_so(own, contributor, monkeypatch):
    share, _ = make_share(contributor, "tag:walk")
    form = Form(own.get(terms_of(share)), "ends").fields
    room = sharing._row_of

    def revoke_first(maker):
        revoke(shares_of(maker))
        return room(maker)

    monkeypatch.setattr(sharing, "_row_of", revoke_first)
    answer = own.post(terms_of(share), form | {"note": "Ben"})
    assert answer.status_code == 400
    assert "This link was revoked" in text(answer)


def test_one_that_expired_lives_again(own, contributor):
    share, secret = make_share(contributor, "tag:walk")
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert "expired" in text(own.get(terms_of(share)))
    own.post(terms_of(share), Form(own.get(terms_of(share)), "ends").filled(ends="7"))
    assert live_share(secret)


def test_nothing_is_done_by_looking(own, contributor):
    share, secret = make_share(contributor, "tag:walk")
    own.get(f"{terms_of(share)}?action=revoke&confirmed=yes&note=x")
    own.get(f"{PATH}?action=revoke_all&confirmed=yes")
    assert live_share(secret).note == ""


def test_pictures_are_small(own, contributor):
    large = add_image(make_image(size=(1200, 800)), title="Large", uploaded_by=contributor)
    make_share(contributor, large)
    (picture,) = Tags(own.get(PATH)).images()
    assert int(picture["width"]) <= 72
