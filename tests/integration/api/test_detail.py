"""GET, PATCH and DELETE of /api/v1/images/{id}."""

import uuid

import pytest
from django.contrib.auth.models import Permission

from images.api.serializers import ImageSerializer
from images.catalogue.trash import trash
from images.models import Image
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image

pytestmark = pytest.mark.django_db


def url(image: Image) -> str:
    return f"{IMAGES}/{image.pk}"


def test_an_image_is_there_with_all_that_is_known_of_it():
    image = add_image(title="The cliff")
    response = client_of().get(url(image))
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
    assert response.json() == client_of().get(IMAGES).json()["results"][0]
    assert response.json()["title"] == "The cliff"


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("who", ["anonymous", "stranger"])
def test_hidden_trashed_and_absent_images_answer_alike(stranger, method, who):
    client = client_of(stranger if who == "stranger" else None)
    hidden = add_image(visibility="private")
    absent = getattr(client, method)(f"{IMAGES}/{uuid.uuid4()}")
    assert problem(absent) == (404, "not_found")
    answers = [getattr(client, method)(url(hidden))]
    Image.objects.update(visibility="public")
    trash(hidden)
    answers.append(getattr(client, method)(url(hidden)))
    for answer in answers:
        assert (answer.status_code, answer.content) == (404, absent.content)
        assert dict(answer.headers) == dict(absent.headers)


@pytest.mark.parametrize("identifier", ["1", "{upper}", "{hex}", "%7B{id}%7D", "urn:uuid:{id}", "%00"])
def test_a_malformed_id_answers_404(identifier):
    id_ = add_image().pk
    path = identifier.format(id=id_, upper=str(id_).upper(), hex=id_.hex)
    assert problem(client_of().get(f"{IMAGES}/{path}")) == (404, "not_found")


@pytest.mark.parametrize("who", ["anonymous", "viewer", "uploader", "editor"])
def test_an_image_says_whether_the_caller_may_change_it(stranger, viewer, editor, who):
    image = add_image(uploaded_by=stranger)
    caller = {"anonymous": None, "viewer": viewer, "uploader": stranger, "editor": editor}[who]
    answer = client_of(caller).get(url(image)).json()
    assert answer["may_edit"] is (who in ("uploader", "editor"))
    assert client_of(caller).get(IMAGES).json()["results"] == [answer]


@pytest.mark.parametrize("who", ["uploader", "editor"])
def test_uploader_and_editor_change_what_is_said(stranger, editor, who):
    image = add_image(uploaded_by=stranger)
    said = {"title": "A", "description": "B", "alt_text": "C", "visibility": "private"}
    response = client_of(stranger if who == "uploader" else editor).patch(url(image), said, format="json")
    assert response.status_code == 200
    assert said.items() <= response.json().items()
    assert response.json()["updated_at"] > response.json()["created_at"]
    assert Image.objects.filter(**said).exists()


@pytest.mark.parametrize(
    ("permission", "method", "allowed"),
    [
        ("change_image", "patch", 200),
        ("change_image", "delete", 403),
        ("delete_image", "patch", 403),
        ("delete_image", "delete", 204),
    ],
)
def test_changing_and_deleting_are_permissions_of_their_own(stranger, permission, method, allowed):
    stranger.user_permissions.add(Permission.objects.get(codename=permission))
    assert getattr(client_of(stranger), method)(url(add_image())).status_code == allowed


def test_what_is_not_sent_stays(editor):
    image = add_image(title="A", description="B")
    client_of(editor).patch(url(image), {"title": "New"}, format="json")
    image.refresh_from_db()
    assert (image.title, image.description) == ("New", "B")


def test_an_image_that_was_read_can_be_sent_back_changed_and_read_only_fields_stay(editor):
    image = add_image(title="Old")
    before = client_of(editor).get(url(image)).json()
    sent = before | {"title": "New", "hash": "0" * 64, "deleted_at": "2024-01-01T00:00:00Z"}
    response = client_of(editor).patch(url(image), sent, format="json")
    assert response.json() == before | {"title": "New", "updated_at": response.json()["updated_at"]}


@pytest.mark.parametrize("format_", ["json", "multipart"])
def test_texts_can_be_emptied(editor, format_):
    image = add_image(title="A")
    assert client_of(editor).patch(url(image), {"title": ""}, format=format_).json()["title"] == ""


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_visible_image_of_someone_else_answers_403_or_401(stranger, viewer, method):
    image = add_image()
    for user in (stranger, viewer):
        assert problem(getattr(client_of(user), method)(url(image))) == (403, "permission_denied")
    anonymous = getattr(client_of(), method)(url(image))
    assert problem(anonymous) == (401, "not_authenticated")
    assert anonymous["WWW-Authenticate"] == "Token"
    assert Image.objects.get().deleted_at is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"visibility": "secret"}, "visibility"),
        ({"visibility": None}, "visibility"),
        ({"title": "x" * 201}, "title"),
        ({"title": ["a"]}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"visiblity": "private"}, "visiblity"),
        ({"owner": "me", "title": "New"}, "owner"),
        (["title"], "non_field_errors"),
    ],
)
def test_a_bad_or_unknown_field_answers_400_names_it_and_changes_nothing(editor, sent, field):
    image = add_image(title="Old")
    response = client_of(editor).patch(url(image), sent, format="json")
    assert problem(response) == (400, "validation_error")
    assert list(response.json()["errors"]) == [field]
    assert Image.objects.get().title == "Old"


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"title": NaN}', b"[" * 100_000])
def test_malformed_json_answers_400(editor, body):
    image = add_image()
    response = client_of(editor).generic("PATCH", url(image), body, content_type="application/json")
    assert problem(response) == (400, "validation_error")


@pytest.mark.parametrize(
    "body", [rb'{"visibility": "\ud800"}', rb'{"\udfff": 1}', rb'{"title": ["\ud800"]}', rb'"\ud83d \ude00"']
)
def test_half_a_character_in_json_answers_400(editor, body):
    """Of a surrogate pair; the answer would have to name it, and UTF-8 has none."""
    image = add_image()
    response = client_of(editor).generic("PATCH", url(image), body, content_type="application/json")
    assert problem(response) == (400, "validation_error")


def test_a_whole_surrogate_pair_in_json_is_a_character(editor):
    body = rb'{"title": "\ud83d\ude00"}'
    response = client_of(editor).generic("PATCH", url(add_image()), body, content_type="application/json")
    assert (response.status_code, response.json()["title"]) == (200, "😀")


def test_a_body_of_another_type_answers_415(editor):
    image = add_image()
    response = client_of(editor).generic("PATCH", url(image), b"<a/>", content_type="application/xml")
    assert problem(response) == (415, "unsupported_format")


def test_a_change_does_not_take_an_image_out_of_the_trash(editor, monkeypatch):
    """Another request moves it there between this one's read and write."""
    image = add_image()
    update = ImageSerializer.update

    def slow_update(self, instance, described):
        trash(Image.objects.get())
        return update(self, instance, described)

    monkeypatch.setattr(ImageSerializer, "update", slow_update)
    client_of(editor).patch(url(image), {"title": "New"}, format="json")
    image.refresh_from_db()
    assert (image.title, image.deleted_at is None) == ("New", False)


@pytest.mark.parametrize("method", ["put", "post"])
def test_other_methods_answer_405_with_allow(editor, method):
    response = getattr(client_of(editor), method)(url(add_image()), {"title": "New"}, format="json")
    assert problem(response) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"


def test_filters_of_the_list_mean_nothing_here():
    assert client_of().get(f"{url(add_image())}?type=png&ordering=nonsense").status_code == 200
