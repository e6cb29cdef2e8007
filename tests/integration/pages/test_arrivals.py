"""What was just added: the images of an upload, all of them selected."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection

from images.catalogue.arrivals import arrived
from images.catalogue.tags import tag_names
from images.catalogue.trash import trash
from images.models import Image
from images.pages import arrivals
from images.pages.arrivals import MAX_KNOWN, address_of_images
from images.tasks.queue import do, take
from storage import get_storage
from tests.clients.pages import Tags
from tests.factories import add_image, make_image, sha256
from tests.files.located import photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawn")]


@pytest.fixture
def before(contributor) -> Image:
    return add_image(make_image(seed=8), title="Before", uploaded_by=contributor)


@pytest.fixture
def known(editor) -> Image:
    return add_image(make_image(seed=9), title="Known", uploaded_by=editor)


@pytest.fixture
def mine(before, known, contributor) -> list[Image]:
    return [add_image(make_image(seed=n), title=f"Mine {n}", uploaded_by=contributor) for n in range(3)]


def chosen(response) -> list[str]:
    """Return the titles of the selected images in their order."""
    boxes = [a for tag, a in Tags(response).all if a.get("type") == "checkbox" and a["name"] == "images"]
    return [Image.objects.get(pk=box["value"]).title for box in boxes if "checked" in box]


def shown(response) -> list[str]:
    return [a["data-title"] for tag, a in Tags(response).all if tag == "a" and "data-title" in a]


def test_it_has_what_the_person_uploaded_since_and_what_was_known(client, mine, known, contributor):
    client.force_login(contributor)
    theirs = add_image(make_image(seed=5), title="Theirs", uploaded_by=known.uploaded_by)
    assert theirs.created_at > mine[0].created_at
    trash(mine[1])
    response = client.get(address_of_images([(mine[0], True), (mine[2], True), (known, False)]))
    assert shown(response) == ["Mine 0", "Mine 2", "Known"]
    assert response.content.decode().count(">In the library already</h2>") == 1
    assert chosen(response) == ["Mine 0", "Mine 2"]  # the other is not the person's to change
    assert "3 images" in response.content.decode()


def test_it_begins_with_the_first_of_the_upload(client, mine, contributor):
    client.force_login(contributor)
    assert shown(client.get(address_of_images([(mine[2], True), (mine[1], True)]))) == ["Mine 1", "Mine 2"]


def test_hidden_images_are_absent(client, mine, known, stranger):
    Image.objects.update(visibility="private")
    client.force_login(stranger)
    response = client.get(address_of_images([(mine[0], True), (known, False)]))
    assert "Nothing is left here" in response.content.decode()


@pytest.mark.parametrize("action", ["tag", "file", "hide", "trash"])
def test_an_action_leads_back_to_the_same_images(client, mine, contributor, action):
    client.force_login(contributor)
    address = address_of_images([(image, True) for image in mine])
    said = {"action": action, "images": [image.pk for image in mine], "tags": "Coast", "album": "Porto"}
    response = client.post(address, said, follow=True)
    assert response.redirect_chain == [(address, 302)]
    assert "3 images " in response.content.decode()
    assert chosen(response) == ([] if action == "trash" else ["Mine 0", "Mine 1", "Mine 2"])
    assert tag_names(mine[0]) == (["Coast"] if action == "tag" else [])


def test_what_says_where_it_was_taken_is_asked_about_before_it_is_published(client, contributor):
    located = add_image(photo(), uploaded_by=contributor, visibility="private")
    client.force_login(contributor)
    address = address_of_images([(located, True)])
    page = client.post(address, {"action": "publish", "images": [located.pk]}).content.decode()
    assert "where it was taken" in page
    assert address.replace("&", "&amp;") in page


def test_what_went_to_the_trash_comes_back_here(client, mine, contributor):
    client.force_login(contributor)
    address = address_of_images([(image, True) for image in mine])
    response = client.post(address, {"action": "trash", "images": [mine[0].pk]}, follow=True)
    (undo,) = [a for tag, a in Tags(response).all if tag == "form" and a.get("id") == "undo"]
    assert undo["action"] == address
    response = client.post(undo["action"], {"action": "restore", "images": [mine[0].pk]}, follow=True)
    assert shown(response) == ["Mine 0", "Mine 1", "Mine 2"]


def test_strangers_act_on_nothing(client, mine):
    said = {"action": "trash", "images": [mine[0].pk]}
    assert client.post(address_of_images([(mine[0], True)]), said).status_code == 403
    mine[0].refresh_from_db()
    assert mine[0].deleted_at is None


def test_many_come_in_pages_as_large_as_a_selection(client, mine, known, contributor, monkeypatch):
    monkeypatch.setattr(arrivals, "MAX_SELECTED", MAX_KNOWN + 2)
    client.force_login(contributor)
    first = client.get(address_of_images([*((image, True) for image in mine), (known, False)]))
    assert shown(first) == ["Mine 0", "Mine 1", "Known"]
    following = Tags(first).link(**{"class": "button"})["href"]
    second = client.get(following)
    assert shown(second) == ["Mine 2"]
    assert shown(client.get(Tags(second).link(rel="prev")["href"])) == ["Mine 0", "Mine 1"]


@pytest.mark.parametrize(
    "said",
    [
        {"images": "x"},
        {"images": "a\0b"},
        {"images": ["2f0d1c9e-4c8c-4a53-9d0b-a2a8e3e0f9d1"] * (MAX_KNOWN + 1)},
        {"uploaded_after": "9999-12-31T23:59:59-12:00"},
        {"uploaded_after": "0001-01-01"},
        {"uploaded_after": "2026-01-01T00:00:00Z", "cursor": "x"},
    ],
)
def test_an_address_that_no_upload_has_is_not_found(client, contributor, said):
    client.force_login(contributor)
    assert client.get(f"/selection?{urlencode(said, doseq=True)}").status_code == 404


def test_an_address_fits_a_line_of_http(mine):
    known = [(Image(), False) for _ in range(MAX_KNOWN + 1)]
    address = address_of_images([(mine[0], True), *known])
    assert len(address) < 4000
    assert address.count("images=") == MAX_KNOWN


def test_nothing_has_no_address():
    assert address_of_images([]) == ""


def test_it_costs_at_most_ten_queries(client, mine, known, contributor, django_assert_max_num_queries):
    client.force_login(contributor)
    address = address_of_images([*((image, True) for image in mine), (known, False)])
    with django_assert_max_num_queries(10):
        client.get(address)


def said(response) -> list[str]:
    return [line for line in response.content.decode().splitlines() if "maller sizes" in line]


def test_it_says_how_many_are_still_to_be_drawn(client, contributor, queued):
    client.force_login(contributor)
    images = [add_image(make_image(size=(700, 500), seed=n), uploaded_by=contributor) for n in range(3)]
    address = address_of_images((image, True) for image in images)
    assert "sizes of 3 images are still to be made" in said(client.get(address))[0]
    client.get(f"/iiif/3/{images[0].pk}/full/320,229/0/default.webp")  # by whoever looks: not all of it
    assert "sizes of 3 images are still" in said(client.get(address))[0]
    assert do(take("a worker")) is None
    assert "sizes of 2 images are still" in said(client.get(address))[0]
    assert do(take("a worker")) is None
    assert "sizes of 1 image are still" in said(client.get(address))[0]
    assert do(take("a worker")) is None
    assert said(client.get(address)) == []


def test_it_names_those_that_could_not_be_drawn(client, contributor, queued):
    client.force_login(contributor)
    image = add_image(make_image(size=(700, 500)), title="Kite & co", uploaded_by=contributor)
    get_storage().delete(image.storage_key)
    do(take("a worker"))
    (line,) = said(client.get(address_of_images([(image, True)])))
    assert (
        f'of 1 image; its page says why: <a href="/images/{image.pk}"><bdi>Kite &amp; co</bdi></a></p>'
        in line
    )


def test_of_what_the_library_had_it_says_nothing(client, known, contributor):
    client.force_login(contributor)
    known.renditions.all().delete()
    assert said(client.get(address_of_images([(known, False)]))) == []


def test_it_goes_along_the_uploads_of_the_person(mine, known, contributor):
    """Whatever the database knows of the others: statistics told it to look through everyone's."""
    facts = {"mime_type": "image/png", "size": 1, "width": 1, "height": 1, "uploaded_by": known.uploaded_by}
    rows = [Image(hash=sha256(b"%d" % n), **facts) for n in range(500)]
    Image.objects.bulk_create(rows)
    first = arrived(contributor, mine[0].created_at, None, 2)
    for cursor in (None, first.next, replace(first.next, backwards=True)):
        queries: list[tuple[str, tuple]] = []

        def kept(execute, sql, params, many, context, queries=queries):
            queries.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(kept):
            arrived(contributor, mine[0].created_at - timedelta(days=900), cursor, 2)
        sql, params = queries[-1]
        with connection.cursor() as database:
            database.execute("ANALYZE images_image")
            if connection.vendor == "postgresql":
                database.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
            database.execute(explain + sql, params)
            plan = " ".join(str(row) for row in database.fetchall())
        # PostgreSQL finds the few of a test by their uploader alone, and sorts them.
        assert "image_uploader" in plan or "images_image_uploaded_by" in plan, plan
