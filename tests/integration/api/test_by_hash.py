"""Is this file here? By its SHA-256, as it was sent or as it was kept."""

import pytest

from images.catalogue.trash import trash
from images.ingest.copies import public_copy
from images.models import Image
from tests.clients.api import IMAGES, client_of, problem, token_of
from tests.factories import add_image, make_image, sha256
from tests.files.located import photo

pytestmark = pytest.mark.django_db


def head(user, digest: str):
    return client_of(user).head(f"{IMAGES}/by-hash/{digest}")


def test_head_says_whether_it_is_here(contributor):
    image = add_image()
    for digest, status in ((image.hash, 200), (image.hash.upper(), 200), ("0" * 64, 404), ("x", 404)):
        response = head(contributor, digest)
        assert (response.status_code, response.content) == (status, b""), digest
        assert {"Cookie", "Authorization"} <= set(response["Vary"].split(", "))
    assert head(contributor, image.hash)["Cache-Control"] == "private, no-cache"


def test_of_a_stripped_file_both_digests_are_known(contributor):
    image = add_image(photo(), location="strip")
    for digest in (sha256(photo()), image.hash):
        assert head(contributor, digest).status_code == 200
        listed = client_of(contributor).get(f"{IMAGES}?hash={digest.upper()}").json()["results"]
        assert [found["id"] for found in listed] == [str(image.pk)]


def test_a_guess_of_what_a_public_image_was_made_of_finds_nothing(contributor, viewer):
    """Who has the picture and guesses the place could make the file that was sent."""
    image = add_image(photo(), location="strip")
    for user, sees_source in ((None, False), (viewer, False), (contributor, True)):
        for digest, is_found in ((image.hash, True), (sha256(photo()), sees_source)):
            found = client_of(user).get(f"{IMAGES}?hash={digest}").json()["results"]
            assert [one["id"] for one in found] == [str(image.pk)] * is_found, (user, digest)


def test_in_the_trash_it_is_not_here(contributor):
    """To send it again brings it back, or is refused with the reason."""
    image = add_image(uploaded_by=contributor)
    trash(image)
    assert head(contributor, image.hash).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("stranger", 403), ("viewer", 403), ("editor", 200)]
)
def test_it_is_for_people_who_may_upload(request, who, status):
    image = add_image(visibility="private")
    user = who and request.getfixturevalue(who)
    assert head(user, image.hash).status_code == status
    if status == 401:
        assert head(user, image.hash)["WWW-Authenticate"]


def test_a_token_is_enough(client, contributor):
    response = client.head(f"{IMAGES}/by-hash/{add_image().hash}", headers=token_of(contributor))
    assert response.status_code == 200


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_it_is_a_head(contributor, method):
    response = getattr(client_of(contributor), method)(f"{IMAGES}/by-hash/{add_image().hash}")
    assert problem(response) == (405, "method_not_allowed")


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
