"""Is this file here? By its SHA-256, as it was sent or as it was kept."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from images.catalogue.trash import purge, trash
from images.ingest.copies import public_copy
from images.models import Image
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.api import IMAGES, client_of, problem, token_of
from tests.clients.commands import run
from tests.factories import add_image, make_image, make_user, sha256
from tests.files.located import photo

pytestmark = pytest.mark.django_db


def head(user, digest: str):
    return client_of(user).head(f"{IMAGES}/by-hash/{digest}")


def told(user, digest: str) -> tuple[int, str]:
    """Return the status, and where the answer says that the image is described."""
    response = head(user, digest)
    assert response.content == b""
    assert "Location" not in response
    return response.status_code, response.get("Link", "")


def at(image: Image) -> tuple[int, str]:
    return 200, f'<{IMAGES}/{image.pk}>; rel="describedby"'


HERE = {"public": 1, "private": 2, "of clara": 3, "of another": 4}  # seeds of their bytes
IN_TRASH = {"trashed, of clara": 5, "trashed, of another": 6}
LOST = {"lost by the store": 7, "found damaged": 8}
GONE = {"purged": 9, "unknown": 10}
BYTES = {name: make_image(seed=seed) for name, seed in (HERE | IN_TRASH | LOST | GONE).items()}


@pytest.fixture
def people(contributor, editor, viewer, stranger) -> dict:
    """Everybody by name; clara and the contributor may upload."""
    return {
        "nobody": None,
        "stranger": stranger,
        "viewer": viewer,
        "inactive": make_user("inactive", "Contributors", is_active=False),
        "clara": make_user("clara", "Contributors"),
        "contributor": contributor,
        "editor": editor,
        "superuser": make_user("root", is_superuser=True),
    }


@pytest.fixture
def library(people) -> dict[str, Image]:
    """An image in each state, in a library that has not all of BYTES."""
    clara = people["clara"]
    uploaders = {name: clara if "clara" in name else people["editor"] for name in BYTES}
    visibility = {name: "public" if name == "public" else "private" for name in BYTES}
    images = {
        name: add_image(data, uploaded_by=uploaders[name], visibility=visibility[name])
        for name, data in BYTES.items()
        if name != "unknown"
    }
    for name in (*IN_TRASH, "purged"):
        trash(images[name])
    purge(images.pop("purged"))
    get_storage().delete(images["lost by the store"].hash)
    damaged = images["found damaged"]
    get_storage()._path(damaged.storage_key).write_bytes(b"damaged")
    assert run("verifystorage").code == 1
    return images


CALLERS = {
    "nobody": 401,
    "stranger": 403,
    "viewer": 403,
    "inactive": 403,
    "clara": 200,
    "contributor": 200,
    "editor": 200,
    "superuser": 200,
}


@pytest.mark.parametrize("who", CALLERS)
def test_who_may_upload_is_told_what_need_not_be_sent(people, library, who):
    """To send another file again brings it back from the trash, repairs it, or is refused with the reason."""
    refused = CALLERS[who], ""
    may = CALLERS[who] == 200
    for name, data in BYTES.items():
        for digest in (sha256(data), sha256(data).upper()):
            expected = at(library[name]) if name in HERE else (404, "")
            assert told(people[who], digest) == (expected if may else refused), name
    for malformed in ("x", "0" * 63, "0" * 65, "%00" * 64, "\u0660" * 64, f"{'0' * 64}%0A", f"{'0' * 64}/"):
        assert told(people[who], malformed) == (404, ""), malformed  # no address


@pytest.mark.parametrize("who", ["clara", "contributor", "editor"])
def test_it_is_what_an_upload_would_be_told_and_change(people, library, monkeypatch, who):
    restored = []
    monkeypatch.setattr("images.ingest.pipeline.restore", lambda *args: restored.append(args) or "")
    client = client_of(people[who])
    for name, data in BYTES.items():
        before = told(people[who], sha256(data))
        answer = client.post(IMAGES, {"file": SimpleUploadedFile("again.jpg", data)}, format="multipart")
        changed = answer.status_code != 200 or bool(restored) or name in LOST
        assert (before[0] == 200) is not changed, name
        if before[0] == 200:
            assert (before, "notice" in answer.json()) == (at(Image(pk=answer.json()["id"])), False), name
        if name in LOST:
            assert library[name].read() == data
            assert told(people[who], sha256(data)) == at(library[name])
        restored.clear()


@pytest.mark.parametrize(("group", "status"), [("Viewers", 403), ("Contributors", 200), ("Editors", 200)])
def test_a_token_is_as_good_as_its_person(client, library, group, status):
    address, token = f"{IMAGES}/by-hash/{library['private'].hash}", token_of(make_user("tom", group))
    assert client.head(address, headers=token).status_code == status
    AuthToken.objects.update(expiry=timezone.now())
    expired = client.head(address, headers=token)
    assert (expired.status_code, expired["WWW-Authenticate"]) == (401, "Token")


def test_no_cache_keeps_it(contributor):
    image = add_image()
    for user in (None, contributor):
        for digest in (image.hash, "0" * 64):
            response = head(user, digest)
            assert {"Cookie", "Authorization"} <= set(response["Vary"].split(", "))
            kept = "private, no-cache" if response.status_code == 200 else "no-store"
            assert response["Cache-Control"] == kept


def test_a_store_that_does_not_answer_is_no_answer(contributor, monkeypatch):
    """It may be asked again, or the file be sent."""
    image = add_image()

    def fail(key):
        raise StorageUnavailable("bucket pictures refused")

    monkeypatch.setattr(get_storage(), "exists", fail)
    assert told(contributor, image.hash) == (500, "")
    assert told(contributor, "0" * 64) == (404, "")


def test_it_is_looked_up_by_indexes(contributor):
    image = add_image(photo(), location="strip")
    client = client_of(contributor)
    client.head(f"{IMAGES}/by-hash/{'0' * 64}")  # permissions are read once
    with CaptureQueriesContext(connection) as asked:
        client.head(f"{IMAGES}/by-hash/{sha256(photo())}")
    either, whole, without = (query["sql"] for query in asked if "images_image" in query["sql"])
    assert (image.hash != sha256(photo()), "source_hash" in without) == (True, True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        for query in (either, whole, without):
            cursor.execute(f"EXPLAIN {'QUERY PLAN ' * (connection.vendor == 'sqlite')}{query}")
            plan = str(cursor.fetchall())
            assert not re.search("SCAN images_image|Seq Scan", plan), plan


def test_of_a_stripped_file_both_digests_are_known(contributor):
    image = add_image(photo(), location="strip")
    for digest in (sha256(photo()), image.hash):
        assert told(contributor, digest) == at(image)
        listed = client_of(contributor).get(f"{IMAGES}?hash={digest.upper()}").json()["results"]
        assert [found["id"] for found in listed] == [str(image.pk)]


def test_a_guess_of_what_a_public_image_was_made_of_finds_nothing(contributor, viewer):
    """Who has the picture and guesses the place could make the file that was sent."""
    image = add_image(photo(), location="strip")
    for user, sees_source in ((None, False), (viewer, False), (contributor, True)):
        for digest, is_found in ((image.hash, True), (sha256(photo()), sees_source)):
            found = client_of(user).get(f"{IMAGES}?hash={digest}").json()["results"]
            assert [one["id"] for one in found] == [str(image.pk)] * is_found, (user, digest)


def test_of_the_whole_file_and_a_copy_it_is_the_file(contributor):
    """As an upload returns it: also from the trash, whatever became of the copy."""
    image = add_image(photo(), visibility="private", uploaded_by=contributor)
    copy = public_copy(image, contributor)
    assert told(contributor, image.hash) == at(image)
    assert told(contributor, copy.hash) == at(copy)
    trash(image)
    assert told(contributor, image.hash) == (404, "")
    assert told(contributor, copy.hash) == at(copy)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_it_is_a_head(contributor, method):
    response = getattr(client_of(contributor), method)(f"{IMAGES}/by-hash/{add_image().hash}")
    assert problem(response) == (405, "method_not_allowed")
    assert response["Allow"] == "HEAD, OPTIONS"


def test_what_an_image_was_made_of_is_told_to_who_may_know(contributor, editor, viewer, stranger):
    image = add_image(photo(), visibility="private", uploaded_by=contributor)
    copy = public_copy(image, contributor)
    for user, knows_source, knows_digest in (
        (None, False, False),
        (stranger, False, False),
        (viewer, True, False),
        (contributor, True, True),
        (editor, True, True),
    ):
        answer = client_of(user).get(f"{IMAGES}/{copy.pk}").json()
        assert answer["derived_from"] == (str(image.pk) if knows_source else None), user
        assert answer["source_hash"] == (image.hash if knows_digest else None), user
    trash(image)
    assert client_of(editor).get(f"{IMAGES}/{copy.pk}").json()["derived_from"] is None
    own = client_of(editor).get(f"{IMAGES}/{add_image(make_image(seed=5)).pk}").json()
    assert (own["derived_from"], own["source_hash"]) == (None, None)
    assert Image.objects.count() == 3
