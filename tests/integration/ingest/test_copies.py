"""Public copies of images that say where they were taken."""

import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from PIL import Image as PillowImage

from images.catalogue.trash import purge, trash
from images.errors import Busy, InTrash, Unstrippable
from images.ingest import copies, files
from images.ingest.copies import public_copies, public_copy
from images.models import Image, Purged
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_user, said_of, sha256
from tests.files.located import photo
from tests.resilience.races import prune, start

pytestmark = pytest.mark.django_db

WORDS = {
    "title": "Harbour",
    "description": "At noon",
    "alt_text": "Boats",
    "author": "Ada",
    "credit": "Ada / imagelib",
    "copyright": "© Ada",
    "licence": "CC-BY-4.0",
    "source_url": "https://example.org/harbour",
    "tags": ["boats", "sea"],
}


@pytest.fixture
def image(contributor):
    return add_image(photo(), visibility="private", uploaded_by=contributor, **WORDS)


def fail_with(monkeypatch, error: Exception) -> None:
    def fail(*args):
        raise error

    monkeypatch.setattr(files, "strip", fail)


def originals() -> set[str]:
    return {stored.key for stored in get_storage().list() if not stored.key.startswith("renditions/")}


def patch(user, image: Image, headers=None, **sent):
    sent = {"visibility": "public", "location": "strip"} | sent
    return client_of(user).patch(f"{IMAGES}/{image.pk}", sent, format="json", headers=headers)


def test_it_is_public_with_the_words_and_the_image_stays_private(image, editor):
    copy = public_copy(image, editor)
    copy.refresh_from_db()
    assert said_of(copy, *WORDS) == WORDS
    assert (copy.visibility, copy.has_location, copy.location_kept) == ("public", False, False)
    assert (copy.derived_from, copy.source_hash, copy.uploaded_by) == (image, image.hash, image.uploaded_by)
    assert (copy.metadata, copy.filename, copy.taken_at) == (image.metadata, image.filename, image.taken_at)
    assert sha256(copy.read()) == copy.hash != image.hash
    assert copy.size == len(copy.read())
    assert client_of().get(copy.get_file_url()).status_code == 200
    image.refresh_from_db()
    assert (image.visibility, image.has_location) == ("private", True)


def test_of_a_phone_s_picture_it_is_the_first_frame(editor):
    with PillowImage.open(io.BytesIO(photo())) as picture:
        both = io.BytesIO()
        picture.save(both, "MPO", exif=picture.getexif(), save_all=True, append_images=[picture.reduce(2)])
    image = add_image(both.getvalue(), visibility="private")
    assert (image.frames, public_copy(image, editor).frames) == (2, 1)


def test_there_is_one(image, contributor, editor):
    first = public_copy(image, contributor)
    assert public_copy(image, editor) == first
    assert Image.objects.count() == 2


def test_one_whose_object_is_lost_gets_it_again(image, editor):
    copy = public_copy(image, editor)
    content = copy.read()
    get_storage().delete(copy.storage_key)
    again = public_copy(image, editor)
    assert (again.pk, again.read()) == (copy.pk, content)


def test_one_that_was_stripped_at_the_door_is_it_too(editor):
    stripped = add_image(photo(), location="strip")
    image = add_image(photo(), location="keep", visibility="private")
    assert public_copy(image, editor) == stripped


def test_a_hidden_or_trashed_copy_is_published_by_who_may(image, contributor, editor):
    copy = public_copy(image, editor)
    Image.objects.filter(pk=copy.pk).update(visibility="private")
    assert public_copy(image, contributor).is_public
    trash(copy)
    assert public_copy(image, contributor).is_public
    Image.objects.filter(pk=copy.pk).update(visibility="private", uploaded_by=editor)
    with pytest.raises(PermissionDenied):
        public_copy(image, contributor)
    trash(copy)
    with pytest.raises(InTrash):
        public_copy(image, contributor)
    copy.refresh_from_db()
    assert (copy.visibility, bool(copy.deleted_at)) == ("private", True)


def test_it_is_for_who_may_edit_the_image(image, viewer):
    with pytest.raises(PermissionDenied):
        public_copy(image, viewer)
    assert Image.objects.count() == 1


def test_a_copy_outlives_its_image_and_comes_again_after_a_purge(image, editor):
    copy = public_copy(image, editor)
    trash(copy)
    purge(copy)
    again = public_copy(image, editor)
    assert (again.hash, Purged.objects.count()) == (copy.hash, 0)
    trash(image)
    purge(image)
    prune()
    again.refresh_from_db()
    assert (again.derived_from, again.is_public) == (None, True)
    assert again.read()


def test_one_that_says_where_after_all_is_no_copy(image, editor):
    """Another version of the library may find a place that an earlier one did not."""
    copy = public_copy(image, editor)
    Image.objects.filter(pk=copy.pk).update(has_location=True, visibility="private")
    with pytest.raises(Exception, match="says where it was taken"):
        public_copy(image, editor)
    copy.refresh_from_db()
    assert copy.visibility == "private"


@pytest.mark.parametrize(
    "error", [Unstrippable("It would not be the same."), Busy("Later."), StorageUnavailable("down")]
)
def test_what_fails_leaves_nothing(monkeypatch, image, editor, error):
    if isinstance(error, StorageUnavailable):

        def fail(*args):
            raise error

        monkeypatch.setattr(type(get_storage()), "put", fail)
    else:
        fail_with(monkeypatch, error)
    with pytest.raises(type(error)):
        public_copy(image, editor)
    assert (Image.objects.count(), originals()) == (1, {image.hash})


@pytest.mark.parametrize("gone", ["trashed", "purged"])
def test_an_image_that_went_meanwhile_gets_none(monkeypatch, image, editor, gone):
    put = get_storage().put

    def put_and_go(key, *args):
        put(key, *args)
        trash(Image.objects.get())
        if gone == "purged":
            Image.objects.all().delete()

    monkeypatch.setattr(get_storage(), "put", put_and_go)
    with pytest.raises(Image.DoesNotExist):
        public_copy(image, editor)
    assert not Image.objects.filter(deleted_at=None).exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_at_once_make_one():
    editor = make_user("eva", "Editors")
    image = add_image(photo(), visibility="private")
    together = Barrier(3)
    with ThreadPoolExecutor(3) as pool:
        acts = [lambda: public_copy(image, editor)] * 3
        made = {done.result().pk for done in [start(pool, act, together) for act in acts]}
    assert len(made) == 1
    assert Image.objects.count() == 2


# --- Many --------------------------------------------------------------------------------------------------


def test_of_many_each_is_told_and_what_took_too_long_is_left(monkeypatch, editor):
    images = [add_image(photo(seed), visibility="private") for seed in range(4)]
    seconds = iter([0, 1, 2, 30])  # at the start, and before all but the first
    monkeypatch.setattr(copies, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    real = copies.public_copy

    def first_fails(image, user, visibility):
        if image == images[0]:
            raise Unstrippable("It would not be the same.")
        return real(image, user, visibility)

    monkeypatch.setattr(copies, "public_copy", first_fails)
    done = public_copies(images, editor, seconds=20)
    assert [(pk, copy.derived_from) for pk, copy in done.made.items()] == [(i.pk, i) for i in images[1:3]]
    assert done.failed == [(images[0], "It would not be the same.")]
    assert done.left == images[3:]


def test_a_fault_of_the_library_is_not_told_as_the_images(monkeypatch, image, editor):
    fail_with(monkeypatch, RuntimeError("a fault"))
    with pytest.raises(RuntimeError):
        public_copies([image], editor)


# --- Over the API ------------------------------------------------------------------------------------------


def test_patch_with_strip_answers_with_the_copy(image, contributor):
    response = patch(contributor, image, title="New")
    assert response.status_code == 200
    answer = response.json()
    image.refresh_from_db()
    copy = Image.objects.get(pk=answer["public_copy"])
    assert (copy.derived_from, copy.title, copy.visibility) == (image, "New", "public")
    assert (answer["id"], answer["visibility"], answer["title"]) == (str(image.pk), "private", "New")
    read = client_of(contributor).get(f"{IMAGES}/{image.pk}")
    assert read.json() == {name: of for name, of in answer.items() if name != "public_copy"}
    assert read["ETag"] == response["ETag"]
    assert patch(contributor, image).json()["public_copy"] == str(copy.pk)


def test_patch_with_strip_of_a_public_one_hides_it(contributor):
    image = add_image(photo(), location="keep", uploaded_by=contributor)
    answer = patch(contributor, image).json()
    image.refresh_from_db()
    assert (image.visibility, image.location_kept, answer["visibility"]) == ("private", False, "private")
    assert Image.objects.get(pk=answer["public_copy"]).is_public


def test_patch_with_strip_publishes_what_says_nothing(contributor):
    image = add_image(visibility="private", uploaded_by=contributor)
    answer = patch(contributor, image).json()
    assert (answer["visibility"], "public_copy" in answer) == ("public", False)


@pytest.mark.parametrize("policy", ["ask", "strip", "keep"])
def test_patch_with_strip_is_the_same_whatever_the_library_says(settings, image, contributor, policy):
    settings.IMAGELIB_LOCATIONS = policy
    assert patch(contributor, image).json()["visibility"] == "private"
    assert Image.objects.filter(visibility="public", has_location=False).count() == 1


def test_patch_with_strip_honours_if_match(image, contributor):
    response = patch(contributor, image, headers={"if-match": '"x"'}, title="New")
    assert problem(response) == (412, "precondition_failed")
    image.refresh_from_db()
    assert (image.title, Image.objects.count()) == ("Harbour", 1)


def test_patch_with_strip_that_fails_says_so_and_publishes_nothing(monkeypatch, image, contributor):
    for error, answer in (
        (Unstrippable("It would not be the same."), (422, "invalid_image")),
        (Busy("Later."), (503, "busy")),
    ):
        fail_with(monkeypatch, error)
        response = patch(contributor, image, title="New")
        assert problem(response) == answer
        image.refresh_from_db()
        assert (image.title, image.visibility, Image.objects.count()) == ("New", "private", 1)


@pytest.mark.parametrize("who", ["viewer", "stranger", None])
def test_patch_with_strip_is_for_who_may_edit(request, image, who):
    assert patch(who and request.getfixturevalue(who), image).status_code in (401, 403, 404)
    assert Image.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_transaction_is_open_while_the_copy_is_made(monkeypatch):
    editor = make_user("eva", "Editors")
    image = add_image(photo(), visibility="private")
    strip, seen = files.strip, []

    def watched(*args):
        seen.append(copies.transaction.get_connection().in_atomic_block)
        strip(*args)

    monkeypatch.setattr(files, "strip", watched)
    assert patch(editor, image).status_code == 200
    assert seen == [False]
