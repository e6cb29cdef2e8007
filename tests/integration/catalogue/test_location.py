"""Where a picture was taken: told to its editors, and to everyone else only after a question."""

import re
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from images.catalogue import curation
from images.catalogue.curation import act, showing
from images.catalogue.trash import trash
from images.concurrency.locks import locked
from images.errors import LocationUndecided, Unstrippable
from images.ingest import files
from images.ingest.copies import public_copies
from images.ingest.files import stripped
from images.models import Image
from images.pages.pictures import thumbnail
from tests.clients.api import IMAGES, client_of, problem
from tests.clients.pages import Tags
from tests.factories import add_image, make_image, make_user, sha256
from tests.files.located import LATITUDE, LONGITUDE, photo

pytestmark = pytest.mark.django_db

LIST = "/admin/images/image/"


def action(name: str, *images: Image) -> dict:
    """Return what the admin's list sends for this action."""
    return {"action": name, "_selected_action": [image.pk for image in images]}


@pytest.fixture
def private(contributor):
    return add_image(photo(), uploaded_by=contributor, visibility="private")


@pytest.fixture
def published(contributor):
    return add_image(photo(1), uploaded_by=contributor, location="keep")


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

    assert client.post(path, asked | {"location": "keep"}).status_code == 302
    assert Image.objects.get().visibility == "public"


def test_of_many_the_others_are_public_at_once_and_the_question_is_about_all_that_tell(client, contributor):
    located = [
        add_image(photo(n), title=f"Located {n}", uploaded_by=contributor, visibility="private")
        for n in (4, 5)
    ]
    Image.objects.filter(pk=located[1].pk).update(metadata={})  # it says where in words alone
    other = add_image(make_image(seed=3), title="Other", uploaded_by=contributor, visibility="private")
    client.force_login(contributor)
    ids = [image.pk for image in (*located, other)]
    response = client.post("/?search=o", {"action": "publish", "images": ids})
    page = response.content.decode()
    assert "1 image is public now." in page
    assert "these 2 images" in page
    assert str(LATITUDE) in page
    assert "not as degrees" in page
    tags = Tags(response)
    assert [shown["src"] for shown in tags.images()] == [thumbnail(image).src for image in reversed(located)]
    assert tags.link(href="/?search=o", **{"class": "button secondary"})
    asked = {a["value"] for tag, a in tags.all if tag == "input" and a.get("name") == "images"}
    assert asked == {str(image.pk) for image in located}
    public = Image.objects.filter(visibility="public")
    assert list(public) == [other]

    answer = {"action": "publish", "images": list(asked), "location": "keep"}
    assert client.post("/?search=o", answer, follow=True).redirect_chain == [("/?search=o", 302)]
    assert public.filter(location_kept=True).count() == 2


def publish(client, images, location: str = "strip"):
    ids = [image.pk for image in images]
    return client.post("/", {"action": "publish", "images": ids, "location": location}, follow=True)


def test_copies_are_told_and_those_that_cannot_be_made_with_their_reason(client, contributor, monkeypatch):
    images = [
        add_image(photo(n), title=f"<{n}>", uploaded_by=contributor, visibility="private") for n in (4, 5)
    ]
    client.force_login(contributor)
    monkeypatch.setattr("images.ingest.copies.stripped", refusing(images[1].hash))
    page = publish(client, images).content.decode()
    copy = Image.objects.get(derived_from=images[0])
    assert "1 copy without the location is public now." in page
    assert f'href="{copy.get_absolute_url()}"' in page
    assert "&lt;5&gt;: It is no longer the same picture." in page
    assert set(Image.objects.exclude(pk=copy.pk).values_list("visibility", flat=True)) == {"private"}


def refusing(digest: str):
    """Return what strips files, and refuses the one with this digest."""

    def strip(original, size, image):
        if image.hash == digest:
            raise Unstrippable("It is no longer the same picture.")
        return stripped(original, size, image)

    return strip


def test_what_was_not_come_to_is_asked_of_again(client, contributor, monkeypatch):
    images = [add_image(photo(n), uploaded_by=contributor, visibility="private") for n in (4, 5, 6)]
    client.force_login(contributor)
    monkeypatch.setattr("images.pages.selection.public_copies", partial(public_copies, seconds=0))
    for left in (2, 1, 0):
        response = publish(client, images)
        fields = [a for _, a in Tags(response).all if a.get("name") == "images"]
        asked = [a["value"] for a in fields if a["type"] == "hidden"]
        assert len(asked) == left
        assert ("not been come to" in response.content.decode()) == (left > 0)
        images = Image.objects.filter(pk__in=asked)
    assert Image.objects.filter(visibility="public", derived_from__isnull=False).count() == 3


def test_an_answer_that_is_none_publishes_nothing(client, private, contributor):
    client.force_login(contributor)
    for path, images in ((private.get_absolute_url(), ()), ("/", [private.pk])):
        client.post(path, {"action": "publish", "images": images, "location": "everywhere"})
        assert Image.objects.get().visibility == "private"


def test_what_comes_back_private_from_the_trash_is_told(client, published, contributor):
    Image.objects.update(location_kept=False)
    trash(published)
    client.force_login(contributor)
    form = {"image": [published.pk], "action": "restore"}
    assert "came back private" in client.post("/trash", form, follow=True).content.decode()


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


def upload_by_api(client, user):
    file = SimpleUploadedFile("photo.jpg", photo(2))
    return client_of(user).post(IMAGES, {"file": file, "visibility": "public"}, format="multipart")


def upload_by_page(client, user):
    file = SimpleUploadedFile("photo.jpg", photo(2))
    return client.post("/upload", {"files": [file], "visibility": "public"})


def upload_by_admin(client, user):
    file = SimpleUploadedFile("photo.jpg", photo(2))
    return client.post(f"{LIST}add/", {"files": [file], "visibility": "public"})


DOORS = [upload_by_api, upload_by_page, upload_by_admin]
HELD = "nobody said to publish that: the image is private."


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize(("policy", "becomes"), [("ask", "private"), ("keep", "public")])
def test_an_upload_is_public_unasked_only_where_the_library_says_so(settings, client, door, policy, becomes):
    settings.IMAGELIB_LOCATIONS = policy
    user = make_user("curator", "Editors", is_staff=True)
    client.force_login(user)
    answer = door(client, user)
    image = Image.objects.get()
    assert (image.has_location, image.visibility, image.location_kept) == (True, becomes, False)
    told = re.sub(
        'data-asked-of="[^"]*"', "", answer.content.decode()
    )  # what the page's script may have to say
    assert (HELD in told) == (becomes == "private")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_an_upload_is_stripped_unasked_where_the_library_says_so(settings, client, door):
    settings.IMAGELIB_LOCATIONS = "strip"
    user = make_user("curator", "Editors", is_staff=True)
    client.force_login(user)
    answer = door(client, user)
    image = Image.objects.get()
    assert (image.visibility, image.has_location, image.source_hash) == ("public", False, sha256(photo(2)))
    assert "so its metadata was taken out." in answer.content.decode()


def test_the_api_tells_of_it_in_a_notice_and_only_then(settings, contributor):
    for default, sent, notice in (
        ("public", {}, True),
        ("private", {}, False),
        ("private", {"visibility": "public"}, True),
        ("public", {"visibility": "private"}, False),
        ("public", {"location": "keep"}, False),
        ("public", {"visibility": "private", "location": "keep"}, False),
    ):
        settings.IMAGELIB_DEFAULT_VISIBILITY = default
        file = SimpleUploadedFile("photo.jpg", photo())
        response = client_of(contributor).post(IMAGES, {"file": file, **sent}, format="multipart")
        answer = response.json()
        assert (response.status_code, answer["has_location"]) == (201, True)
        is_public = sent.get("location") == "keep" and sent.get("visibility") != "private"
        assert answer["visibility"] == ("public" if is_public else "private"), sent
        assert ("notice" in answer) == notice, sent
        image = Image.objects.get()
        assert image.location_kept == is_public
        assert client_of(contributor).get(f"{IMAGES}/{image.pk}").json().keys() == answer.keys() - {"notice"}
        sent_back = patch(
            contributor, image, **{name: answer[name] for name in answer if name != "visibility"}
        )
        assert sent_back.status_code == 200
        image.delete()


def test_nothing_is_said_to_files_that_do_not_tell(client, contributor):
    file = SimpleUploadedFile("photo.jpg", make_image())
    answer = client_of(contributor).post(IMAGES, {"file": file}, format="multipart").json()
    assert (answer["visibility"], "notice" in answer) == ("public", False)


def test_a_word_of_the_place_is_one_of_two(contributor):
    file = SimpleUploadedFile("photo.jpg", photo())
    response = client_of(contributor).post(IMAGES, {"file": file, "location": "yes"}, format="multipart")
    assert problem(response) == (400, "validation_error")


def test_the_way_out_of_the_trash_tells_of_it_too(editor, published):
    Image.objects.update(location_kept=False)
    for restore in (restore_by_api, upload_again):
        Image.objects.update(visibility="public")
        published.refresh_from_db()
        trash(published)
        answer = restore(None, published, editor).json()
        assert HELD in answer["notice"]
        assert answer["visibility"] == "private"


def test_who_uploads_it_again_from_the_trash_may_say_to_tell(editor, published):
    Image.objects.update(location_kept=False)
    trash(published)
    file = SimpleUploadedFile("photo.jpg", photo(1))
    response = client_of(editor).post(IMAGES, {"file": file, "location": "keep"}, format="multipart")
    published.refresh_from_db()
    assert (published.visibility, published.location_kept) == ("public", True)
    assert "notice" not in response.json()


def test_the_admins_action_leaves_them_private_and_says_so(client, private, admin_user):
    other = add_image(make_image(seed=3), visibility="private")
    client.force_login(admin_user)
    data = {"action": "make_public", "_selected_action": [private.pk, other.pk]}
    page = client.post("/admin/images/image/", data, follow=True).content.decode()
    assert "1 image was changed." in page
    assert "so it is private" in page
    visibilities = dict(Image.objects.values_list("pk", "visibility"))
    assert visibilities == {private.pk: "private", other.pk: "public"}


def test_an_action_of_the_admin_tells_where_by_name(client, private):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    page = client.post(LIST, action("make_public_with_location", private), follow=True).content.decode()
    assert "1 image was changed." in page
    private.refresh_from_db()
    assert (private.visibility, private.location_kept) == ("public", True)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_action_of_the_admin_publishes_copies(client, monkeypatch):
    images = [add_image(photo(seed), visibility="private") for seed in (1, 2)]
    silent, public = add_image(make_image(seed=7), visibility="private"), add_image(photo(3), location="keep")
    client.force_login(make_user("curator", "Editors", is_staff=True))
    page = client.post(LIST, action("publish_copies", *images, silent, public), follow=True).content.decode()
    assert "2 copies are public." in page
    assert set(Image.objects.filter(visibility="public").values_list("derived_from", flat=True)) == {
        *(image.pk for image in images),
        None,  # the one that was public before
    }
    assert Image.objects.count() == 6

    def fail(*args):
        raise Unstrippable("It would not be the same.")

    monkeypatch.setattr(files, "strip", fail)
    other = add_image(photo(4), visibility="private", title="Other")
    page = client.post(LIST, action("publish_copies", other), follow=True).content.decode()
    assert "Other: It would not be the same." in page


def patch(user, image: Image, **sent):
    return client_of(user).patch(f"{IMAGES}/{image.pk}", sent, format="json")


def test_patch_publishes_only_when_it_says_to_tell(contributor, private):
    response = patch(contributor, private, visibility="public", title="New")
    assert problem(response) == (409, "location_undecided")
    assert "location=keep" in response.json()["detail"]
    private.refresh_from_db()
    assert (private.visibility, private.title) == ("private", "")

    response = patch(contributor, private, visibility="public", title="New", location="keep")
    assert response.status_code == 200
    private.refresh_from_db()
    assert (private.visibility, private.title, private.location_kept) == ("public", "New", True)


def test_patch_asks_again_once_it_was_private(contributor, private):
    for word, expected in (("keep", 200), ("", 409)):
        sent = {"visibility": "public"} | ({"location": word} if word else {})
        assert patch(contributor, private, **sent).status_code == expected
        assert patch(contributor, private, visibility="private").status_code == 200
        private.refresh_from_db()
        assert private.location_kept is False


def test_what_is_public_and_stays_so_is_not_asked_of(contributor, published):
    Image.objects.update(location_kept=False)
    assert patch(contributor, published, visibility="public", title="New").status_code == 200
    assert not Image.objects.get().location_kept
    assert patch(contributor, published, visibility="public", location="keep").status_code == 200
    assert Image.objects.get().location_kept


@pytest.mark.parametrize("sent", [{"location": "keep"}, {"location": "keep", "visibility": "private"}])
def test_a_word_of_the_place_goes_with_publishing(contributor, private, sent):
    response = patch(contributor, private, **sent)
    assert problem(response) == (400, "validation_error")
    assert response.json()["errors"].keys() == {"location"}


@pytest.mark.parametrize("policy", ["ask", "strip"])
def test_the_policy_does_not_publish_over_patch(settings, contributor, private, policy):
    settings.IMAGELIB_LOCATIONS = policy
    assert problem(patch(contributor, private, visibility="public")) == (409, "location_undecided")


def test_a_library_that_keeps_places_asks_nobody(settings, client, contributor, private):
    settings.IMAGELIB_LOCATIONS = "keep"
    assert patch(contributor, private, visibility="public").status_code == 200
    for user, path, sent in (
        (contributor, private.get_absolute_url(), {"action": "publish"}),
        (contributor, "/", {"action": "publish", "images": [private.pk]}),
        (curator := make_user("curator", "Editors", is_staff=True), LIST, action("make_public", private)),
        (curator, f"{LIST}{private.pk}/change/", {"visibility": "public"}),
    ):
        Image.objects.update(visibility="private")
        client.force_login(user)
        assert client.post(path, sent).status_code == 302
        private.refresh_from_db()
        assert (private.visibility, private.location_kept) == ("public", False), path


def restore_by_api(client, image, user):
    return client_of(user).post(f"{IMAGES}/{image.pk}/restore")


def restore_by_page(client, image, user):
    return client.post("/trash", {"image": [image.pk], "action": "restore"})


def undo_by_page(client, image, user):
    return client.post("/", {"action": "restore", "images": [image.pk]})


def restore_by_admin(client, image, user):
    return client.post(f"{LIST}?trash=only", action("restore", image))


def upload_again(client, image, user):
    file = SimpleUploadedFile("photo.jpg", photo(1))
    return client_of(user).post(IMAGES, {"file": file}, format="multipart")


DOORS_OF_THE_TRASH = [restore_by_api, restore_by_page, undo_by_page, restore_by_admin, upload_again]


@pytest.mark.parametrize("door", DOORS_OF_THE_TRASH, ids=lambda door: door.__name__)
@pytest.mark.parametrize(
    ("kept", "policy", "becomes"),
    [
        (False, "ask", "private"),
        (False, "strip", "private"),
        (False, "keep", "public"),
        (True, "ask", "public"),
    ],
)
def test_out_of_the_trash_it_is_public_only_if_somebody_said_so(
    settings, client, published, door, policy, kept, becomes
):
    published.location_kept = kept
    published.save()
    trash(published)
    settings.IMAGELIB_LOCATIONS = policy
    editor = make_user("curator", "Editors", is_staff=True)
    client.force_login(editor)
    assert door(client, published, editor).status_code in (200, 302)
    published.refresh_from_db()
    assert (published.deleted_at, published.visibility, published.location_kept) == (None, becomes, kept)


def test_what_was_hidden_meanwhile_is_not_published_unasked(monkeypatch, contributor, published):
    """It was public, so that nobody is asked, when the images were chosen."""

    def hide_and_lock(rows):
        Image.objects.update(visibility="private")
        return locked(rows)

    monkeypatch.setattr(curation, "locked", hide_and_lock)
    changes = act(contributor, showing("public"), [published.pk])
    assert Image.objects.get().visibility == "private"
    assert (changes.images, changes.refused) == ({}, {published.pk: published})
    assert changes.refused_by(LocationUndecided) == [published.pk]


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
