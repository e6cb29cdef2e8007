"""The upload page: a plain form that tells of each file what became of it."""

import io
import re
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.albums import seen_entries
from images.catalogue.tags import tag_names
from images.catalogue.trash import trash
from images.models import Album, Image
from images.pages.pictures import thumbnail
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_image, sha256
from tests.files.located import LATITUDE, photo

pytestmark = pytest.mark.django_db


def upload(client, *files: tuple[str, bytes], visibility="public", **extra):
    sent = [SimpleUploadedFile(name, data, "image/jpeg") for name, data in files]
    return client.post("/upload", {"files": sent, "visibility": visibility, **extra})


def text(response) -> str:
    """Return the page without the row that its modules fill: that holds every sentence."""
    page = re.sub(r"<template.*?</template>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(page.split())


@pytest.fixture
def signed_in(client, contributor):
    client.force_login(contributor)
    return client


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 302), ("stranger", 403), ("viewer", 403), ("contributor", 200), ("editor", 200)],
)
def test_it_opens_for_those_who_may_upload(client, request, who, status):
    if who:
        client.force_login(request.getfixturevalue(who))
    assert client.get("/upload").status_code == status
    assert upload(client, ("a.jpg", make_image())).status_code == status
    assert Image.objects.exists() == (status == 200)


def test_it_offers_what_the_library_takes(signed_in):
    page = text(signed_in.get("/upload"))
    assert 'accept="image/jpeg,image/png,image/gif,image/webp,image/avif,image/heic,image/tiff"' in page
    assert "multiple" in page
    assert 'value="public" required id="id_visibility_0" checked' in page


def test_all_files_of_a_form_get_its_tags(signed_in):
    response = upload(
        signed_in, ("a.jpg", make_image(seed=1)), ("b.jpg", make_image(seed=2)), tags="Coast, sea"
    )
    assert response.status_code == 200
    assert [tag_names(image) for image in Image.objects.all()] == [["Coast", "sea"]] * 2


def test_all_files_of_a_form_go_into_its_album(signed_in, contributor):
    album = create(contributor, "Summer in Porto", visibility="public")
    files = ("a.jpg", make_image(seed=1)), ("b.jpg", make_image(seed=2))
    add_image(make_image(seed=2))  # which the library has already
    response = upload(signed_in, *files, album="summer in porto")
    assert response.status_code == 200
    assert f'2 images are in the album: <a href="{album.get_absolute_url()}">Summer in Porto</a>' in text(
        response
    )
    assert album.images.count() == 2
    assert Album.objects.get() == album


def test_a_new_album_is_made_once_and_private(signed_in, contributor):
    files = ("a.jpg", make_image(seed=1)), ("notes.txt", b"hello"), ("b.jpg", make_image(seed=2))
    response = upload(signed_in, *files, album="Winter")
    album = Album.objects.get()
    assert (album.title, album.made_by, album.visibility) == ("Winter", contributor, "private")
    assert [entry.image.filename for entry in seen_entries(contributor, album)] == ["a.jpg", "b.jpg"]
    (undo,) = [a["formaction"] for tag, a in Tags(response).all if a.get("form") == "undo"]
    signed_in.post(undo)
    assert album.images.count() == 0


def test_no_album_is_made_of_files_that_are_refused(signed_in):
    assert upload(signed_in, ("notes.txt", b"hello"), album="Winter").status_code == 400
    assert not Album.objects.exists()


def test_why_images_are_in_no_album_is_said_and_they_are_gone_on_with(signed_in, contributor):
    for _ in range(2):
        create(contributor, "The coast")
    response = upload(signed_in, ("a.jpg", make_image()), album="The coast")
    assert response.status_code == 200
    said = "The images are not in the album. Several albums have this title. Give the address of one:"
    assert said in text(response)
    assert "Go on with what was added" in text(response)
    assert Image.objects.count() == 1


def test_tags_that_are_none_are_refused_before_any_file_is_taken(signed_in):
    response = upload(signed_in, ("a.jpg", make_image()), tags="x" * 101)
    assert response.status_code == 400
    assert "A tag has at most 100 characters." in text(response)
    assert not Image.objects.exists()


def test_the_line_for_a_terminal_tells_no_place(signed_in, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    (line,) = [a["value"] for tag, a in Tags(signed_in.get("/upload")).all if a.get("id") == "curl"]
    assert line == (
        'curl -H "Authorization: Token $TOKEN" -F file=@photo.jpg -F location=strip '
        "https://images.example.org/api/v1/images"
    )


def test_its_modules_know_the_largest_upload(signed_in, settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 3 * 2**20
    page = signed_in.get("/upload").content.decode()
    assert 'data-max-bytes="3145728" data-too-large="The file is larger than 3 MiB' in page


def test_it_takes_several_files_and_tells_of_each(signed_in, contributor):
    first, second = make_image(seed=1), make_image("PNG", seed=2)
    response = upload(signed_in, ("a.jpg", first), ("b.png", second), visibility="private")
    page = text(response)
    assert response.status_code == 200
    for data in (first, second):
        image = Image.objects.get(hash=sha256(data))
        assert (image.uploaded_by, image.visibility) == (contributor, "private")
        assert f'href="{image.get_absolute_url()}"' in page
        assert f'<img src="{thumbnail(image).src}"' in page
        assert get_storage().get(image.hash) == data


def test_files_that_say_where_wait_and_one_question_is_about_all(signed_in):
    page = upload(signed_in, ("a.jpg", photo(1)), ("b.jpg", photo(2)), ("c.jpg", make_image()))
    assert page.status_code == 200
    assert {image.filename: image.visibility for image in Image.objects.all()} == {
        "a.jpg": "private",
        "b.jpg": "private",
        "c.jpg": "public",
    }
    form = Form(page, "images")
    assert "these 2 images" in text(page)
    assert str(LATITUDE) in text(page)
    tags = [attrs for tag, attrs in Tags(page).all if tag in ("input", "form")]
    asked = [attrs["value"] for attrs in tags if attrs.get("name") == "images"]
    assert [Image.objects.get(pk=pk).filename for pk in asked] == ["a.jpg", "b.jpg"]
    assert {"method": "post", "action": "/"} in tags
    answer = form.fields | {"images": asked, "location": "keep"}
    assert signed_in.post("/", answer).status_code == 302
    assert Image.objects.filter(visibility="public").count() == 3


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_nothing_is_asked_where_nothing_waits(signed_in, settings, visibility):
    settings.IMAGELIB_LOCATIONS = "keep"
    page = upload(signed_in, ("a.jpg", photo()), ("c.jpg", make_image()), visibility=visibility)
    assert "taken?" not in text(page).partition("Upload more")[0]
    assert set(Image.objects.values_list("visibility", flat=True)) == {visibility}


def test_a_known_file_is_told_as_known(signed_in):
    image = add_image()
    page = text(upload(signed_in, ("again.jpg", make_image())))
    assert "Already in the library" in page
    assert image.get_absolute_url() in page
    assert "You asked for" not in page


def test_it_warns_when_a_known_file_is_not_as_visible_as_asked(signed_in):
    add_image(visibility="public")
    page = text(upload(signed_in, ("again.jpg", make_image()), visibility="private"))
    assert "It is public, as it was, and not as you asked." in page


def test_of_a_known_file_without_the_tags_it_says_that_these_were_not_changed(signed_in):
    image = add_image(tags=["Coast"])
    for tags, is_said in (("", False), ("Coast", False), ("Coast, Harbour", True)):
        page = text(upload(signed_in, ("again.jpg", make_image()), tags=tags))
        assert ("Its tags were not changed." in page) == is_said
    assert tag_names(image) == ["Coast"]


def test_a_refused_file_is_told_with_its_reason_and_stops_no_other(signed_in):
    response = upload(signed_in, ("notes.txt", b"hello"), ("empty.jpg", b""), ("a.jpg", make_image()))
    page = text(response)
    assert response.status_code == 200
    assert page.count("not an image in a format the library takes") == 2
    assert "notes.txt" in page
    assert Image.objects.count() == 1


def test_what_was_refused_comes_first_and_the_rest_is_gone_on_with(signed_in):
    known = add_image(make_image(seed=2), title="Known")
    files = ("a.jpg", make_image(seed=1)), ("b.jpg", make_image(seed=2)), ("notes.txt", b"hello")
    response = upload(signed_in, *files)
    names = re.findall(r'<strong dir="auto">(.*?)</strong>', text(response))
    assert names == ["notes.txt", "a.jpg", "b.jpg"]
    (address,) = [a["href"] for tag, a in Tags(response).all if "/selection?" in (a.get("href") or "")]
    page = text(signed_in.get(address))
    assert f'value="{Image.objects.get(filename="a.jpg").pk}"' in page
    assert known.get_absolute_url() in page
    assert "/selection?" not in text(upload(signed_in, ("notes.txt", b"hello")))


def test_nothing_taken_is_a_bad_request(signed_in):
    assert upload(signed_in, ("notes.txt", b"hello")).status_code == 400


def test_a_file_in_another_persons_trash_is_told_so(signed_in):
    trash(add_image())
    response = upload(signed_in, ("a.jpg", make_image()))
    assert response.status_code == 400
    assert "in the trash" in text(response)


def test_a_file_from_the_own_trash_comes_back_with_the_stricter_visibility(signed_in, contributor):
    image = add_image(uploaded_by=contributor)
    trash(image)
    assert upload(signed_in, ("a.jpg", make_image()), visibility="private").status_code == 200
    image.refresh_from_db()
    assert (image.deleted_at, image.visibility) == (None, "private")


def test_no_file_is_told_in_the_form(signed_in):
    response = upload(signed_in)
    assert response.status_code == 400
    assert "Choose at least one file" in text(response)


def test_a_failing_storage_is_told_without_its_words(signed_in, monkeypatch):
    def put(*args):
        raise StorageUnavailable("bucket pictures at s3.internal refused")

    monkeypatch.setattr(get_storage(), "put", put)
    response = upload(signed_in, ("a.jpg", make_image()))
    assert response.status_code == 500
    assert "Please try again later" in text(response)
    assert "pictures" not in text(response)
    assert "s3.internal" not in text(response)


def test_a_fault_of_the_program_is_not_told_as_a_refusal(signed_in, monkeypatch):
    monkeypatch.setattr(get_storage(), "put", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upload(signed_in, ("a.jpg", make_image()))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_transaction_is_open_while_the_storage_works(signed_in, monkeypatch):
    put, open_transactions = get_storage().put, []

    def watched(*args):
        open_transactions.append(transaction.get_connection().in_atomic_block)
        return put(*args)

    monkeypatch.setattr(get_storage(), "put", watched)
    assert upload(signed_in, ("a.jpg", make_image())).status_code == 200
    assert set(open_transactions) == {False}


def test_it_needs_the_csrf_token(contributor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(contributor)
    assert upload(client, ("a.jpg", make_image())).status_code == 403
    token = client.get("/upload").context["csrf_token"]
    response = upload(client, ("a.jpg", make_image()), csrfmiddlewaretoken=token)
    assert response.status_code == 200


def test_hostile_names_are_shown_as_text(signed_in):
    page = text(upload(signed_in, ("<script>alert(1)</script>.jpg", io.BytesIO(b"x").getvalue())))
    assert "<script>alert" not in page
