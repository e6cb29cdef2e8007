"""Files that enter without their metadata: what is kept of them, what is known again, and what goes wrong."""

import errno
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from images.catalogue.trash import purge, trash
from images.errors import Busy, DigestMismatch, InTrash, NoRoom, Unstrippable
from images.http import room
from images.imaging.sandbox import inspect_image
from images.ingest import files, pipeline
from images.ingest.pipeline import ingest
from images.models import Image, Purged
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image, make_user, sha256
from tests.files.located import LATITUDE, LONGITUDE, photo
from tests.resilience.races import prune, start

pytestmark = pytest.mark.django_db

WITHOUT = "The file said where it was taken, so its metadata was taken out."
UNCHANGED = (
    "The file says where it was taken, and that cannot be taken out without loss: the image is private."
)
KNOWN_WITHOUT = "The library has this file already, without its metadata."
KNOWN_WITH = "The library has this file already, as it is: with where it was taken."


def bring(data: bytes | None = None, **said):
    """Bring a photograph in, by default one that says where it was taken; return what ingest does."""
    return ingest(io.BytesIO(photo() if data is None else data), filename="photo.jpg", **said)


def strip(data: bytes | None = None, **said) -> Image:
    return bring(data, location="strip", **said).image


@pytest.fixture
def no_strip(monkeypatch):
    """Return the function that has stripping fail with this."""

    def fail_with(error: Exception) -> None:
        def fail(*args, **options):
            raise error

        monkeypatch.setattr(files, "strip", fail)

    return fail_with


def stored_keys() -> set[str]:
    return {stored.key for stored in get_storage().list() if not stored.key.startswith("renditions/")}


def test_what_enters_is_the_file_without_its_metadata_under_its_own_digest(contributor):
    data = photo()
    image, is_new, notice = bring(data, location="strip", uploaded_by=contributor, sha256=sha256(data))
    image.refresh_from_db()
    assert (is_new, notice, image.visibility) == (True, "", "public")
    assert (image.source_hash, image.has_location, image.location_kept) == (sha256(data), False, False)
    kept = image.read()
    assert (sha256(kept), len(kept)) == (image.hash, image.size)
    assert stored_keys() == {image.hash}
    with PillowImage.open(io.BytesIO(kept)) as shown, PillowImage.open(io.BytesIO(data)) as sent:
        assert not shown.getexif()
        assert shown.tobytes() == sent.tobytes()


def test_a_phone_s_picture_is_stripped_with_the_gain_map_behind_it():
    with PillowImage.open(io.BytesIO(photo())) as picture:
        both = io.BytesIO()
        picture.save(both, "MPO", exif=picture.getexif(), save_all=True, append_images=[picture.reduce(2)])
    image = strip(both.getvalue())
    assert (image.visibility, image.frames, image.has_location) == ("public", 1, False)
    with PillowImage.open(io.BytesIO(image.read())) as shown:
        assert shown.format == "JPEG"


def test_the_row_keeps_what_was_read(contributor):
    image = strip(uploaded_by=contributor)
    assert image.metadata["camera"] == "X100V"
    assert image.metadata["location"] == [LATITUDE, LONGITUDE]
    assert image.metadata == inspect_image(io.BytesIO(photo())).metadata


def test_a_digest_is_about_the_file_as_sent():
    image = strip()
    Image.objects.all().delete()
    with pytest.raises(DigestMismatch):
        strip(sha256=image.hash)
    assert strip(sha256=sha256(photo())).hash == image.hash


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_who_says_strip_has_it_stripped_whoever_sees_it(visibility):
    image = strip(visibility=visibility)
    assert (image.visibility, image.has_location, image.source_hash) == (visibility, False, sha256(photo()))


def test_a_file_that_does_not_say_where_enters_as_it_is():
    data = make_image(exif=PillowImage.Exif())
    image = strip(data)
    assert (image.hash, image.source_hash, image.visibility) == (sha256(data), None, "public")


@pytest.mark.parametrize(
    ("policy", "said", "stripped", "visibility", "notice"),
    [
        ("strip", {}, True, "public", WITHOUT),
        ("strip", {"visibility": "public"}, True, "public", WITHOUT),
        ("strip", {"visibility": "private"}, False, "private", ""),
        ("strip", {"location": "keep"}, False, "public", ""),
        ("keep", {"location": "strip"}, True, "public", ""),
        ("keep", {}, False, "public", ""),
    ],
)
def test_the_policy_speaks_for_public_files_of_which_nobody_said_anything(
    settings, policy, said, stripped, visibility, notice
):
    settings.IMAGELIB_LOCATIONS = policy
    came = bring(**said)
    assert (came.image.source_hash is not None, came.image.visibility, came.notice) == (
        stripped,
        visibility,
        notice,
    )


# --- The same file again -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "is_new", "notice"),
    [
        ({"location": "strip"}, False, ""),
        ({}, False, KNOWN_WITHOUT),
        ({"visibility": "private"}, False, KNOWN_WITHOUT),
        ({"location": "keep"}, True, ""),  # who means the file itself gets it in
    ],
)
def test_a_file_that_was_stripped_is_known_by_its_digest_as_sent(said, is_new, notice):
    first = strip()
    came = bring(**said)
    assert (came.image.pk != first.pk, came.is_new, came.notice) == (is_new, is_new, notice)
    assert (came.image.hash == sha256(photo())) == is_new


def test_it_is_known_by_the_digest_of_what_entered_too():
    first = strip()
    came = bring(first.read())
    assert (came.image, came.is_new, came.notice) == (first, False, "")


def test_a_file_that_is_there_as_it_is_stays_so_and_the_answer_says_it():
    first = bring(location="keep").image
    came = bring(location="strip")
    assert (came.image, came.is_new, came.notice) == (first, False, KNOWN_WITH)


def test_of_both_who_says_strip_gets_the_one_without(contributor):
    without = strip()
    whole = bring(location="keep").image
    assert bring(location="strip").image == without
    assert bring(location="keep").image == bring().image == whole


def test_two_files_of_one_picture_are_one_image():
    """They say different things, and are the same without."""
    other = photo().replace(b"X100V", b"X100F")
    first = strip()
    came = bring(other, location="strip")
    assert (came.image, came.is_new) == (first, False)


@pytest.mark.parametrize("location", ["strip", ""])
def test_a_missing_object_is_made_again(location):
    image = strip()
    before = image.read()
    get_storage().delete(image.storage_key)
    get_storage.cache_clear()
    assert bring(location=location).image == image
    assert get_storage().get(image.storage_key) == before


def test_out_of_the_trash_it_comes_for_who_may_and_it_may_be_public(contributor, editor):
    image = strip(uploaded_by=editor)
    trash(image)
    for said in ({"location": "strip"}, {}):
        with pytest.raises(InTrash):
            bring(uploaded_by=contributor, **said)
    came = bring(uploaded_by=editor)
    assert (came.image, came.image.visibility, came.image.deleted_at) == (image, "public", None)


def test_what_was_purged_comes_in_again():
    image = strip()
    trash(image)
    purge(image)
    assert Purged.objects.get().hash == image.hash
    again = strip()
    assert (again.hash, Purged.objects.count()) == (image.hash, 0)
    assert again.read()


# --- What goes wrong ---------------------------------------------------------------------------------------


def test_who_says_strip_of_what_cannot_be_stripped_is_refused(no_strip):
    no_strip(Unstrippable("It would not show the same picture."))
    with pytest.raises(Unstrippable):
        bring(location="strip")
    assert (Image.objects.count(), stored_keys()) == (0, set())


def test_by_policy_what_cannot_be_stripped_stays_whole_and_private(settings, no_strip):
    settings.IMAGELIB_LOCATIONS = "strip"
    no_strip(Unstrippable("It would not show the same picture."))
    image, is_new, notice = bring()
    assert (is_new, notice) == (True, UNCHANGED)
    assert (image.hash, image.has_location, image.visibility) == (sha256(photo()), True, "private")
    assert image.read() == photo()


@pytest.mark.parametrize(
    "difference",
    [{"has_location": True}, {"mime_type": "image/png"}, {"width": 1}, {"height": 1}, {"frames": 2}],
)
def test_what_comes_in_its_place_is_looked_at_first(monkeypatch, difference):
    """A child that a file has taken over says that it stripped what it did not."""

    def differently(file):
        return replace(inspect_image(file), **difference)

    monkeypatch.setattr(files, "inspect_image", differently)
    with pytest.raises(Unstrippable):
        bring(location="strip")
    assert (Image.objects.count(), stored_keys()) == (0, set())


def test_what_comes_in_its_place_is_an_image(monkeypatch):
    monkeypatch.setattr(files, "strip", lambda file, output: output.write(b"no image"))
    with pytest.raises(Unstrippable):
        bring(location="strip")


def test_no_child_is_free(contributor, no_strip):
    no_strip(Busy("Too many images are being looked at just now."))
    file = SimpleUploadedFile("photo.jpg", photo())
    response = client_of(contributor).post(IMAGES, {"file": file, "location": "strip"}, format="multipart")
    assert problem(response) == (503, "busy")
    assert (Image.objects.count(), stored_keys()) == (0, set())


def test_over_http_a_file_that_cannot_be_stripped_is_refused_in_words(contributor, no_strip):
    no_strip(Unstrippable("It would not show the same picture."))
    file = SimpleUploadedFile("photo.jpg", photo())
    response = client_of(contributor).post(IMAGES, {"file": file, "location": "strip"}, format="multipart")
    assert problem(response) == (422, "invalid_image")
    assert response.json()["detail"] == "It would not show the same picture."


def test_a_disk_has_to_have_room_for_both(monkeypatch):
    size = len(photo())
    free = room.RESERVE + size + 100
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=100 * 2**30, free=free))
    with pytest.raises(NoRoom):
        bring(location="strip")
    assert bring(location="keep").is_new


def test_a_disk_that_becomes_full_meanwhile_is_busy_and_leaves_nothing(contributor, no_strip):
    no_strip(OSError(errno.ENOSPC, "No space left on device"))
    sent = {"file": SimpleUploadedFile("photo.jpg", photo()), "location": "strip"}
    assert problem(client_of(contributor).post(IMAGES, sent)) == (503, "busy")
    assert (Image.objects.count(), stored_keys()) == (0, set())


def test_a_store_that_is_down_leaves_nothing(monkeypatch):
    def unavailable(*args):
        raise StorageUnavailable("down")

    with monkeypatch.context() as patch:
        patch.setattr(type(get_storage()), "put", unavailable)
        with pytest.raises(StorageUnavailable):
            bring(location="strip")
    assert Image.objects.count() == 0
    assert strip().read()


def test_between_object_and_row_is_an_orphan_that_the_next_upload_takes(monkeypatch):
    def fails(**fields):
        assert get_storage().exists(fields["hash"])
        raise RuntimeError("database gone")

    with monkeypatch.context() as patch:
        patch.setattr(Image.objects, "create", fails)
        with pytest.raises(RuntimeError):
            bring(location="strip")
    (orphan,) = stored_keys()
    assert strip().hash == orphan
    Image.objects.all().delete()
    prune()
    assert stored_keys() == set()


# --- At once -----------------------------------------------------------------------------------------------


def test_nobody_waits_for_a_lock_while_holding_another(monkeypatch, settings):
    """On SQLite two digests may share a lock; on PostgreSQL two uploads could wait for each other."""
    held = []
    lock = pipeline.key_lock

    @contextmanager
    def watched(digest):
        assert held == []
        with lock(digest):
            held.append(digest)
            yield
            held.pop()

    monkeypatch.setattr(pipeline, "key_lock", watched)
    image = strip()
    get_storage().delete(image.storage_key)
    for said in (
        {"location": "strip"},
        {},
        {"location": "strip"},
        {"location": "keep"},
        {"location": "strip"},
    ):
        bring(**said)
    settings.IMAGELIB_LOCATIONS = "strip"
    monkeypatch.setattr(files, "inspect_image", lambda file: SimpleNamespace(has_location=True))
    assert bring(photo(1)).notice == UNCHANGED


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_are_one_image_of_each_kind(monkeypatch):
    """The file stripped and as it is, and what it becomes; beside an emptying of the trash and a pruning."""
    editor = make_user("eva", "Editors")
    without = strip(uploaded_by=editor)
    bytes_of = {without.hash: without.read(), sha256(photo()): photo()}
    together = Barrier(6)
    with ThreadPoolExecutor(6) as pool:
        for _ in range(8):
            for image in Image.objects.all():
                trash(image)
            acts = [
                *(lambda: strip(uploaded_by=editor),) * 2,
                lambda: add_image(photo(), uploaded_by=editor, location="keep"),
                lambda: add_image(bytes_of[without.hash], uploaded_by=editor),
                lambda: [purge(image) for image in Image.objects.filter(deleted_at__isnull=False)],
                prune,
            ]
            for done in [start(pool, act, together) for act in acts]:
                done.result()
            images = {image.hash: image for image in Image.objects.all()}
            assert images.keys() == bytes_of.keys()
            for digest, image in images.items():
                assert image.deleted_at is None
                assert image.read() == bytes_of[digest]
