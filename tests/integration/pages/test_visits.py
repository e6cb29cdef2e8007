"""The pages of a share link, as somebody sees them who has its address and no account."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import unquote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlsafe_base64_decode

from images.catalogue import cursors, lists, sources
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share, revoke
from images.catalogue.tags import set_tags
from images.models import Image, ShareLink
from images.pages import visits
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(contributor) -> list[Image]:
    return [
        add_image(
            make_image(seed=number, size=(800, 600)),
            uploaded_by=contributor,
            visibility="private",
            title=f"View {number}",
        )
        for number in range(3)
    ]


@pytest.fixture
def album(contributor, images):
    album = create(contributor, title="Walk", description="Along the coast")
    file(contributor, album, [image.pk for image in images])
    return album


def pictures_of(page: str) -> set[str]:
    """Return the addresses of all pictures of a page."""
    in_sets = [part.split()[0] for said in re.findall(r'srcset="([^"]+)"', page) for part in said.split(", ")]
    return {*re.findall(r'<img src="(/[^"]+)"', page), *in_sets}


def test_one_image_is_shown_large(client, contributor, images):
    _, secret = make_share(contributor, images[0])
    answer = client.get(f"/s/{secret}")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "View 0" in page
    assert len(pictures_of(page)) == 6
    for address in pictures_of(page):
        assert address.startswith(f"/s/{secret}/")
        picture = client.get(address)
        assert (picture.status_code, picture["Content-Type"].partition("/")[0]) == (200, "image")


def test_an_album_is_a_grid_whose_images_have_pages_of_their_own(client, contributor, images, album):
    _, secret = make_share(contributor, album)
    page = client.get(f"/s/{secret}").content.decode()
    assert "Walk" in page
    links = re.findall(rf'href="(/s/{secret}/[^"]+)"', page)
    titles = [client.get(link).content.decode().partition("<h1")[2].partition("</h1>")[0] for link in links]
    assert [title.partition(">")[2] for title in titles] == ["View 0", "View 1", "View 2"]
    assert all(client.get(address).status_code == 200 for address in pictures_of(page))


def test_a_password_is_asked_for_and_lets_in(contributor, images, album):
    share, secret = make_share(contributor, album, password="a walk")
    visitor = Client(enforce_csrf_checks=True)
    asked = visitor.get(f"/s/{secret}")
    assert asked.status_code == 200
    assert "Walk" not in asked.content.decode()
    wrong = visitor.post(f"/s/{secret}", {"password": "a run"}, headers={"Origin": "null"})
    assert (wrong.status_code, wrong.cookies) == (403, {})
    right = visitor.post(f"/s/{secret}", {"password": "a walk"}, headers={"Origin": "null"})
    assert (right.status_code, right["Location"]) == (302, f"/s/{secret}")
    (cookie,) = right.cookies.values()
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/s/{secret}", True, "Lax")
    assert (cookie["expires"], cookie["max-age"]) == ("", "")  # with the browser's session
    page = visitor.get(f"/s/{secret}").content.decode()
    assert "Walk" in page
    assert all(visitor.get(address).status_code == 200 for address in pictures_of(page))
    assert {Client().get(address).status_code for address in pictures_of(page)} == {404}

    ShareLink.objects.filter(pk=share.pk).update(password="another")
    assert "Walk" not in visitor.get(f"/s/{secret}").content.decode()


def test_what_is_revoked_is_gone_with_the_next_request(client, contributor, images):
    _, secret = make_share(contributor, images[0])
    page = client.get(f"/s/{secret}").content.decode()
    revoke(ShareLink.objects.all())
    for address in (f"/s/{secret}", *pictures_of(page)):
        assert client.get(address).status_code == 404


# --- Nothing beside it -----------------------------------------------------------------------------


@pytest.fixture
def everything(contributor, editor, images, album):
    """Words, people, tags and other albums, none of which a link shows."""
    for image in images:
        set_tags(image, ["telltale-tag"])
        image.author, image.credit, image.copyright = "Telltale Author", "A credit", "© somebody"
        image.licence, image.source_url = "CC-BY-4.0", "https://telltale.example/source"
        image.taken_at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
        image.taken_offset, image.taken_day = 540, date(2026, 3, 2)
        image.alt_text, image.description = "An alternative", "A description"
        image.metadata = {"camera": "Telltale Camera", "location": [1.5, 2.5]}
        image.save()
    other = create(editor, title="Telltale album", visibility="public")
    file(editor, other, [image.pk for image in images])
    add_image(make_image(seed=9), title="Telltale neighbour")
    ShareLink.objects.update(note="telltale note")


SHARED = {
    "image": lambda images, album: images[0],
    "album": lambda images, album: album,
    "search": lambda images, album: "tag:telltale-tag",
    "selection": lambda images, album: [image.pk for image in images],
}


@pytest.mark.parametrize("target", SHARED)
def test_pages_tell_what_is_shared_and_nothing_else(client, contributor, images, album, everything, target):
    _, secret = make_share(
        contributor, SHARED[target](images, album), note="telltale note", may_download=target == "album"
    )
    page = client.get(f"/s/{secret}")
    inner = client.get(re.search(rf"/s/{secret}/[0-9a-f-]{{36}}", page.content.decode())[0])
    for answer in (page, inner):
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "elltale" not in text
        assert contributor.username not in text
        for image in Image.objects.all():
            for hidden in (str(image.pk), image.hash, image.pk.hex):
                assert hidden not in text
        assert "23:30" not in text
        assert "+09:00" not in text
        places = {urlsplit(link).path for link in re.findall(r'(?:href|action|src)="([^"]+)"', text)}
        allowed = (f"/s/{secret}", "/static/", "/licenses/", "image/webp;base64,")
        assert [place for place in places if place and not place.startswith(allowed)] == []
    words = inner.content.decode()
    for said in (
        "View",
        "A description",
        "An alternative",
        "A credit",
        "© somebody",
        "CC BY 4.0",
        "March 2, 2026",
    ):
        assert said in words


@pytest.mark.parametrize("target", SHARED)
def test_pages_are_for_nobody_else_to_keep_or_find(client, contributor, images, album, target):
    set_tags(images[0], ["telltale-tag"])
    _, secret = make_share(contributor, SHARED[target](images, album))
    answer = client.get(f"/s/{secret}")
    assert answer["Cache-Control"] == "no-store"
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    assert "Vary" not in answer
    assert not answer.cookies


@pytest.mark.parametrize("password", ["", "a walk"])
def test_who_is_signed_in_sees_what_a_stranger_sees(contributor, editor, images, album, password):
    _, secret = make_share(contributor, album, password=password)
    seen = []
    for person in (None, contributor, editor):
        client = Client()
        if person:
            client.force_login(person)
        asked = client.get(f"/s/{secret}").content
        client.post(f"/s/{secret}", {"password": password})
        page = client.get(f"/s/{secret}")
        inner = client.get(re.search(rf"/s/{secret}/[0-9a-f-]{{36}}", page.content.decode())[0])
        assert "sessionid" not in page.cookies
        seen.append((asked, page.content, dict(page.items()), inner.content, dict(inner.items())))
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("target", ["album", "search", "selection"])
def test_a_link_to_many_goes_page_after_page(client, contributor, images, album, target, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    for image in images:
        set_tags(image, ["telltale-tag"])
    _, secret = make_share(contributor, SHARED[target](images, album))
    first = client.get(f"/s/{secret}").content.decode()
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = client.get(following).content.decode()
    (previous,) = re.findall(r'rel="prev" href="([^"]+)"', second)
    names = [re.findall(rf'<a href="/s/{secret}/([^"]+)"', page) for page in (first, second)]
    assert [len(found) for found in names] == [2, 1]
    back = client.get(previous).content.decode()
    assert re.findall(rf'<a href="/s/{secret}/([^"]+)"', back) == names[0]


@pytest.mark.parametrize("cursor", ["x", "%00", "WyJhIl0:x:y"])
def test_no_page_of_it_is_absent(client, contributor, album, cursor):
    _, secret = make_share(contributor, album)
    assert client.get(f"/s/{secret}?cursor={cursor}").status_code == 404


def test_a_cursor_of_another_list_leads_nowhere(client, contributor, images):
    """Whatever it says is signed by the same library: one of the gallery, and one of another link."""
    _, secret = make_share(contributor, [image.pk for image in images])
    other, others_secret = make_share(contributor, [image.pk for image in images])
    entry = other.entries.first()
    shared = Shared(live_share(others_secret), others_secret)
    foreign = [
        cursors.Cursor.beside(entry, "position", backwards=False),
        cursors.Cursor.beside(images[0], "-created_at", backwards=False),
        replace(cursors.Cursor.beside(entry, "position", backwards=False), ordering=shared.ordering),
    ]
    for cursor in foreign:
        assert client.get(f"/s/{secret}", {"cursor": str(cursor)}).status_code == 404


@pytest.mark.parametrize("order", ["title", "filename"])
def test_where_a_page_goes_on_tells_nothing_of_what_is_not_shown(client, contributor, monkeypatch, order):
    """A search that finds few in many rows goes on behind one that its maker sees, and nobody else."""
    monkeypatch.setattr(lists, "WINDOW", 2)
    monkeypatch.setattr(sources, "FEW", 1)
    for number in range(5):
        hidden = f"telltale {number}"
        add_image(make_image(seed=number), visibility="private", title=hidden, filename=hidden)
    _, secret = make_share(contributor, f"-walk sort:{order}")
    page = client.get(f"/s/{secret}").content.decode()
    (following,) = re.findall(r'rel="next" href="[^"]+cursor=([^"]+)"', page)
    told = urlsafe_base64_decode(unquote(following).partition(":")[0])
    assert b"telltale" not in told
    assert client.get(f"/s/{secret}?cursor={following}").status_code == 200


def test_a_search_that_finds_nothing_now_says_so(client, contributor):
    _, secret = make_share(contributor, "tag:nothing")
    page = client.get(f"/s/{secret}")
    assert (page.status_code, "no images here at the moment" in page.content.decode()) == (200, True)


def test_an_animation_is_shown_by_pictures_of_it(client, contributor):
    """Its file is an original, which a link may not hand out."""
    data = make_image("GIF", frames=3)
    image = add_image(data, filename="a.gif", uploaded_by=contributor, visibility="private")
    _, secret = make_share(contributor, image)
    page = client.get(f"/s/{secret}").content.decode()
    assert all(client.get(address)["Content-Type"] != "image/gif" for address in pictures_of(page))


def test_a_decorative_image_has_a_link_with_words(client, contributor, images, album):
    Image.objects.filter(pk=images[0].pk).update(decorative=True)
    _, secret = make_share(contributor, album)
    assert 'visually-hidden">View 0' in client.get(f"/s/{secret}").content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", ["", "/3e8d2f8a-54a6-4a7f-9a3c-1b7c1e0f2d11"])
def test_pages_are_looked_at(client, contributor, images, path, method):
    _, secret = make_share(contributor, images[0])
    answers = [getattr(client, method)(f"/s/{one}{path}") for one in (secret, "A" * 22)]
    assert [answer.status_code for answer in answers] == [405, 405]
    assert answers[0]["Cache-Control"] == "no-store"
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(("target", "most"), [("image", 3), ("album", 4), ("search", 5), ("selection", 4)])
def test_a_page_takes_few_questions(client, contributor, images, album, target, most):
    for image in images:
        set_tags(image, ["telltale-tag"])
    _, secret = make_share(contributor, SHARED[target](images, album))
    client.get(f"/s/{secret}")  # a visit, which is written once a minute
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/s/{secret}").status_code == 200
    assert len(asked) <= most, [query["sql"][:90] for query in asked]


def test_dead_links_of_the_library_face_have_no_links_home(client, contributor, images):
    _, secret = make_share(contributor, images[0])
    text = client.get(f"/s/{secret}").content.decode()
    assert 'class="brand"' in text
    assert 'href="/"' not in text


def test_an_image_that_is_hidden_while_its_page_is_made_is_absent(client, contributor, images, monkeypatch):
    _, secret = make_share(contributor, images[0])
    is_let_in = visits.is_let_in

    def hide(*said):
        Image.objects.update(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
        return is_let_in(*said)

    monkeypatch.setattr(visits, "is_let_in", hide)
    assert client.get(f"/s/{secret}").status_code == 404
    assert ShareLink.objects.get().visits == 0
