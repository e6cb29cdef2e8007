"""Every door keeps the same text of what is typed, and what is kept is found."""

import io
import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from images.catalogue.search import ImageFilter
from images.maintenance.manifest import describe
from images.maintenance.restoring import restore_images
from images.models import Image
from tests.clients.api import IMAGES, client_of, form
from tests.factories import add_image, make_user

pytestmark = pytest.mark.django_db

TITLE, KEPT = "\x1b[2J E\u0301tretat \u202egpj\u202c\x9b", "[2J \u00c9tretat gpj"
LINES, KEPT_LINES = "Cafe\u0301\r\n\ton the quay\u2066", "Caf\u00e9\n\ton the quay"
TYPED = {"title": TITLE, "alt_text": LINES, "description": LINES}


def through_the_api(editor) -> None:
    assert client_of(editor).post(IMAGES, form() | TYPED).json()["title"] == KEPT


def through_a_patch(editor) -> None:
    address = f"{IMAGES}/{add_image().pk}"
    assert client_of(editor).patch(address, TYPED, format="json").json()["description"] == KEPT_LINES


def through_the_page(editor) -> None:
    client, image = Client(), add_image()
    client.force_login(editor)
    assert client.post(image.get_absolute_url(), TYPED).status_code == 302


def through_the_admin(editor) -> None:
    client, image = Client(), add_image()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    address = f"/admin/images/image/{image.pk}/change/"
    assert client.post(address, TYPED | {"visibility": "public"}).status_code == 302


def through_ingest(editor) -> None:
    assert add_image(**TYPED).title == KEPT


def from_an_old_manifest(editor) -> None:
    """A manifest has the row as the code of before wrote it."""
    image = add_image()
    head = json.dumps({"kind": "manifest", "version": 2})
    line = json.dumps({"kind": "image"} | describe(image) | TYPED, default=str)
    image.delete()
    file = io.BytesIO(f"{head}\n{line}\n".encode())
    assert [outcome.kind for outcome in restore_images(file)] == ["restored"]


DOORS = (
    *(through_the_api, through_a_patch, through_the_page, through_the_admin, through_ingest),
    from_an_old_manifest,
)


@pytest.mark.parametrize("door", DOORS)
def test_every_door_keeps_the_same_text(door, editor):
    door(editor)
    image = Image.objects.get()
    assert (image.title, image.alt_text, image.description) == (KEPT, KEPT_LINES, KEPT_LINES)


def found(text: str) -> list[Image]:
    filters = ImageFilter({"search": text})
    assert filters.is_valid(), filters.errors
    return filters.images(AnonymousUser()).page().rows


def test_a_title_typed_decomposed_is_found_by_either_form():
    image = add_image(title="E\u0301tretat \u1112\u1161\u11ab")
    for query in (
        "\u00c9tretat",
        "E\u0301tretat",
        "e\u0301TRETAT",
        "\ud55c",
        "\u1112\u1161\u11ab",
        "\u2068\u00c9tretat\u2069",
    ):
        assert found(query) == [image], ascii(query)


def test_a_file_is_found_by_its_name_whose_joiners_were_not_kept():
    name = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.jpg"
    image = add_image(filename=name)
    assert "\u200c" not in image.filename
    assert found(name) == [image]


@pytest.mark.parametrize("title", [150 * "e\u0301", 200 * "x" + "\u202c"])
def test_the_api_judges_a_text_by_what_is_kept(editor, title):
    response = client_of(editor).patch(f"{IMAGES}/{add_image().pk}", {"title": title}, format="json")
    assert (response.status_code, len(response.json()["title"]) <= 200) == (200, True)


@pytest.mark.parametrize("query", ["\u00c9tretat", "E\u0301tretat"])
def test_the_admin_finds_it_too(query):
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    add_image(title="E\u0301tretat")
    assert client.get("/admin/images/image/", {"q": query}).context["cl"].result_count == 1


def test_a_form_sent_back_as_it_was_shown_changes_nothing(client, editor):
    image = add_image(description="One\nTwo")
    client.force_login(editor)
    words = {"title": "", "alt_text": "", "description": "One\r\nTwo"}
    assert client.post(image.get_absolute_url(), words).status_code == 302
    assert Image.objects.get().updated_at == image.updated_at


def test_nul_is_refused_at_every_door_with_a_form(client, editor):
    image = add_image(title="Old")
    client.force_login(editor)
    words = {"title": "a\0b", "alt_text": "", "description": ""}
    assert client.post(image.get_absolute_url(), words).status_code == 400
    assert client_of(editor).patch(f"{IMAGES}/{image.pk}", words, format="json").status_code == 400
    assert Image.objects.get().title == "Old"
