"""Where a picture was taken: told to its editors, and to everyone else only after a question."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from images.catalogue.trash import trash
from images.models import Image
from tests.factories import add_image, make_image, make_user
from tests.files.located import LATITUDE, LONGITUDE, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def private(contributor):
    return add_image(photo(), uploaded_by=contributor, visibility="private")


@pytest.fixture
def published(contributor):
    return add_image(photo(1), uploaded_by=contributor)


def test_the_original_keeps_it(published, client):
    assert client.get(published.get_file_url()).content == photo(1)


def test_editors_are_told_and_others_only_that_it_is_there(client, published, contributor, viewer):
    for user, told in ((None, False), (viewer, False), (contributor, True)):
        if user:
            client.force_login(user)
        answer = client.get(f"/api/v1/images/{published.pk}").json()
        assert answer["has_location"] is True
        assert answer["metadata"].get("location") == ([LATITUDE, LONGITUDE] if told else None)
        assert answer["metadata"]["camera"] == "X100V"
        listed = client.get("/api/v1/images").json()["results"][0]
        assert ("location" in listed["metadata"]) is told
        page = client.get(published.get_absolute_url()).content.decode()
        assert (str(LATITUDE) in page) is told
        assert "X100V" in page
        assert "1/250 s" in page


@pytest.mark.parametrize("many", [False, True], ids=["its page", "the gallery"])
def test_publishing_asks_first(client, private, contributor, many):
    client.force_login(contributor)
    path, asked = (
        ("/", {"action": "publish", "images": [private.pk]})
        if many
        else (private.get_absolute_url(), {"action": "publish"})
    )
    response = client.post(path, asked)
    assert response.status_code == 200
    assert "where it was taken" in response.content.decode()
    assert Image.objects.get().visibility == "private"

    assert client.post(path, asked | {"confirmed": "yes"}).status_code == 302
    assert Image.objects.get().visibility == "public"


def test_publishing_others_asks_nothing(client, contributor):
    image = add_image(uploaded_by=contributor, visibility="private")
    client.force_login(contributor)
    assert client.post(image.get_absolute_url(), {"action": "publish"}).status_code == 302
    assert Image.objects.get().visibility == "public"


def test_who_may_not_publish_is_not_asked(client, private, viewer):
    client.force_login(viewer)
    response = client.post(private.get_absolute_url(), {"action": "publish"})
    assert response.status_code == 403
    assert str(LATITUDE) not in response.content.decode()


def test_an_upload_that_made_it_public_says_so(client, contributor):
    client.force_login(contributor)
    file = SimpleUploadedFile("photo.jpg", photo(2))
    page = client.post("/upload", {"files": [file], "visibility": "public"}).content.decode()
    assert "says where it was taken" in page


def test_the_admin_leaves_them_private_and_says_so(client, private, contributor, admin_user):
    other = add_image(make_image(seed=3), visibility="private")
    client.force_login(admin_user)
    data = {"action": "make_public", "_selected_action": [private.pk, other.pk]}
    page = client.post("/admin/images/image/", data, follow=True).content.decode()
    assert "stayed private" in page
    visibilities = dict(Image.objects.values_list("pk", "visibility"))
    assert visibilities == {private.pk: "private", other.pk: "public"}


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_the_camera_wrote_is_escaped(client, text):
    exif = PillowImage.Exif()
    exif[0x0110] = text
    image = add_image(make_image(exif=exif))
    assert image.metadata["camera"] == text
    page = client.get(image.get_absolute_url()).content.decode()
    assert text not in page


def test_the_admin_tells_where_to_editors_alone_and_shows_the_trash_to_who_may_empty_it(client, private):
    page = f"/admin/images/image/{private.pk}/change/"
    client.force_login(make_user("looker", "Viewers", is_staff=True))
    assert "48.8583" not in client.get(page).content.decode()
    trash(private)
    assert client.get(page).status_code == 302  # to the list, as of what is not there
    client.force_login(make_user("curator", "Editors", is_staff=True))
    assert "48.8583" in client.get(page).content.decode()


def test_the_admins_form_does_not_publish_where_it_was_taken(client, private, published):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    for image, visibility in ((private, "public"), (published, "private")):
        words = {"title": "New", "alt_text": "", "description": "", "visibility": visibility}
        assert client.post(f"/admin/images/image/{image.pk}/change/", words).status_code == 302
        image.refresh_from_db()
        assert (image.title, image.visibility) == ("New", "private")
