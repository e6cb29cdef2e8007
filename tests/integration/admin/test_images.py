"""Curation in the admin: it opens, it searches, it uploads through ingest, and it deletes nothing."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from images.catalogue.trash import trash
from images.models import Album, Image
from images.pages.pictures import thumbnail
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_image, make_user, sha256
from tests.files.located import photo

pytestmark = pytest.mark.django_db

LIST, ADD = "/admin/images/image/", "/admin/images/image/add/"


def change_url(image: Image) -> str:
    return f"{LIST}{image.pk}/change/"


def run(client, action: str, *images: Image, trash: str = ""):
    data = {"action": action, "_selected_action": [image.pk for image in images]}
    return client.post(LIST + trash, data, follow=True)


def upload(client, *files: bytes, **extra):
    sent = [SimpleUploadedFile(f"{n}.jpg", data) for n, data in enumerate(files)]
    return client.post(ADD, {"files": sent, "visibility": "private", **extra})


@pytest.fixture
def curator(client):
    user = make_user("curator", "Editors", is_staff=True)
    client.force_login(user)
    return client


@pytest.mark.parametrize("who", [None, "stranger", "viewer", "contributor", "editor"])
def test_people_who_are_not_staff_are_asked_to_sign_in(client, request, who):
    if who:
        client.force_login(request.getfixturevalue(who))
    for url in (LIST, ADD, change_url(add_image())):
        assert client.get(url)["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("group", "list_", "change", "add"),
    [
        ("Viewers", 200, 200, 403),
        ("Contributors", 200, 200, 200),
        ("Editors", 200, 200, 200),
        (None, 403, 403, 403),
    ],
)
def test_staff_may_what_their_permissions_say(client, group, list_, change, add):
    client.force_login(make_user("somebody", *([group] if group else []), is_staff=True))
    image = add_image()
    assert client.get(LIST).status_code == list_
    assert client.get(change_url(image)).status_code == change
    assert client.get(ADD).status_code == add
    assert upload(client, make_image(seed=1)).status_code == add


def test_an_upload_goes_into_an_album_and_out_again(curator):
    response = upload(curator, make_image(seed=1), make_image(seed=2), album="Winter")
    album = Album.objects.get()
    assert album.images.count() == 2
    tags = Tags(response).all
    (undo,) = [a["formaction"] for tag, a in tags if a.get("form") == "undo"]
    assert [a["method"] for tag, a in tags if tag == "form" and a.get("id") == "undo"] == ["post"]
    curator.post(undo)
    assert album.images.count() == 0


def test_the_list_shows_each_image_from_the_librarys_own_address(curator):
    image = add_image(make_image(size=(640, 320)), alt_text="A kite")
    for page, width, height in ((LIST, "72", "36"), (change_url(image), "480", "240")):
        (shown,) = (one for one in Tags(curator.get(page)).images() if "srcset" in one)
        assert (shown["width"], shown["height"], shown["alt"]) == (width, height, "A kite")
        assert shown["srcset"].split(", ") == [
            f"{image.get_service_url()}/full/320,160/0/default.jpg 320w",
            f"{image.get_service_url()}/full/max/0/default.jpg 640w",
        ]
        assert shown["sizes"] == f"auto, {width}px"


def test_the_list_leaves_the_trash_to_its_filter(curator):
    trashed = add_image(make_image(seed=1), filename="gone.jpg")
    trash(trashed)
    add_image(make_image(seed=2), filename="here.jpg")
    page = curator.get(LIST).content.decode()
    assert ("here.jpg" in page, "gone.jpg" in page) == (True, False)
    page = curator.get(LIST + "?trash=only").content.decode()
    assert ("here.jpg" in page, "gone.jpg" in page) == (False, True)
    assert trashed.get_file_url() not in page
    assert trashed.get_file_url() not in curator.get(change_url(trashed)).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        *("q=kite", "q=A+red", "visibility__exact=private", "mime_type__exact=image/png"),
        *("alt_text__isempty=0", "uploaded_by__id__exact=contributor"),
    ],
)
def test_the_list_is_searched_and_filtered(curator, contributor, query):
    add_image(make_image(seed=1), filename="other.jpg", title="Boat")
    add_image(
        make_image("PNG", seed=2),
        filename="kite.png",
        alt_text="A red thing",
        visibility="private",
        uploaded_by=contributor,
    )
    query = query.replace("contributor", str(contributor.pk))
    page = curator.get(f"{LIST}?{query}").content.decode()
    assert ("kite.png" in page, "Boat" in page) == (True, False)


def test_words_are_edited_and_facts_are_not(curator):
    image = add_image()
    facts = {"hash": "0" * 64, "width": 1, "filename": "x", "size": 1}
    words = {"title": "Kite", "description": "On a beach.", "alt_text": "Red.", "visibility": "private"}
    form = Form(curator.get(change_url(image)), "description")
    assert curator.post(change_url(image), form.filled(**words) | facts).status_code == 302
    changed = Image.objects.get()
    assert {name: getattr(changed, name) for name in words} == words
    assert {name: getattr(changed, name) for name in facts} == {name: getattr(image, name) for name in facts}


def test_the_change_page_leads_to_page_and_file(curator):
    image = add_image()
    page = curator.get(change_url(image)).content.decode()
    assert f'href="{image.get_absolute_url()}"' in page
    assert f'href="{image.get_file_url()}"' in page


def test_which_file_was_sent_is_told_to_who_may_edit_the_image(client, curator):
    image = add_image(photo(), location="strip")
    assert image.source_hash in curator.get(change_url(image)).content.decode()
    client.force_login(make_user("somebody", "Viewers", is_staff=True))
    page = client.get(change_url(image)).content.decode()
    assert image.hash in page
    assert image.source_hash not in page


def test_an_image_is_saved_and_no_other_added(curator):
    page = curator.get(change_url(add_image())).content.decode()
    assert 'name="_save"' in page
    assert 'name="_continue"' in page
    assert "_addanother" not in page


def test_an_image_is_not_saved_as_another(curator):
    image = add_image(title="Old")
    response = curator.post(change_url(image), {"title": "New", "_saveasnew": "1"})
    assert response.status_code == 403
    assert Image.objects.get().title == "Old"


def test_actions_publish_hide_trash_and_restore(curator):
    images = [add_image(make_image(seed=seed)) for seed in (1, 2)]
    in_trash = "?trash=only"
    for action, query, expected in (
        ("make_private", "", ("private", False)),
        ("make_public", "", ("public", False)),
        ("move_to_trash", "", ("public", True)),
        ("restore", in_trash, ("public", False)),
    ):
        assert "2 images were changed." in run(curator, action, *images, trash=query).content.decode()
        for image in images:
            image.refresh_from_db()
            assert (image.visibility, bool(image.deleted_at)) == expected, action
    assert LogEntry.objects.count() == 8


def test_actions_need_their_permission(client):
    client.force_login(make_user("somebody", "Contributors", is_staff=True))
    image = add_image()
    for action in ("make_private", "move_to_trash"):
        run(client, action, image)
    image.refresh_from_db()
    assert (image.visibility, image.deleted_at) == ("public", None)


def test_nothing_deletes_a_row(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    image = add_image(uploaded_by=make_user("leaver"))
    assert client.post(f"{LIST}{image.pk}/delete/", {"post": "yes"}).status_code == 403
    run(client, "delete_selected", image)
    client.post(f"/admin/auth/user/{image.uploaded_by_id}/delete/", {"post": "yes"})
    assert Image.objects.get().uploaded_by is None


def test_an_upload_goes_through_ingest(curator):
    known = add_image(make_image(seed=1))
    new = make_image(seed=2)
    response = upload(curator, new, make_image(seed=1), b"junk")
    page = " ".join(response.content.decode().split())
    assert response.status_code == 200
    image = Image.objects.get(hash=sha256(new))
    assert (image.visibility, image.uploaded_by.username) == ("private", "curator")
    assert get_storage().get(image.hash) == new
    assert "It is public, as it was, and not as you asked." in page
    assert known.get_absolute_url() in page
    assert f'<img src="{thumbnail(image).src}"' in page
    assert "not an image in a format the library takes" in page


def test_an_upload_of_nothing_is_told(curator):
    response = curator.post(ADD, {"visibility": "public"})
    assert response.status_code == 400
    assert "Choose at least one file" in response.content.decode()


def test_a_failing_storage_is_told_without_its_words(curator, monkeypatch):
    def put(*args):
        raise StorageUnavailable("bucket pictures at s3.internal refused")

    monkeypatch.setattr(get_storage(), "put", put)
    response = upload(curator, make_image())
    assert response.status_code == 500
    assert "s3.internal" not in response.content.decode()


def test_uploading_needs_the_csrf_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("curator", "Editors", is_staff=True))
    assert upload(client, make_image()).status_code == 403
    token = client.get(ADD).context["csrf_token"]
    assert upload(client, make_image(), csrfmiddlewaretoken=token).status_code == 200


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_transaction_is_open_while_the_storage_works(curator, monkeypatch):
    put, open_transactions = get_storage().put, []

    def watched(*args):
        open_transactions.append(transaction.get_connection().in_atomic_block)
        return put(*args)

    monkeypatch.setattr(get_storage(), "put", watched)
    assert upload(curator, make_image()).status_code == 200
    assert set(open_transactions) == {False}


def test_moments_say_their_zone_and_are_said_in_the_readers(client, admin_user):
    image = add_image()
    Image.objects.update(created_at=datetime(2026, 7, 31, 22, 5, tzinfo=UTC))
    client.force_login(admin_user)
    page = client.get(f"/admin/images/image/{image.pk}/change/").content.decode()
    assert '<time class="moment" datetime="2026-07-31T22:05:00+00:00">July 31, 2026, 10:05 p.m. UTC' in page
    assert "images/times.js" in page
