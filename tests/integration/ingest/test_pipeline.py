import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.catalogue.trash import restore, trash
from images.errors import DigestMismatch, ImageTooLarge, InTrash, InvalidImage, UnsupportedFormat
from images.ingest.pipeline import clean_filename, ingest
from images.models import Image
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db


def stored_keys() -> list[str]:
    return [stored.key for stored in get_storage().list("")]


def test_it_keeps_the_bytes_under_their_digest(contributor):
    data = make_image("PNG", (64, 48))
    image, created, _ = ingest(io.BytesIO(data), filename="Tür.png", uploaded_by=contributor)

    assert created
    assert get_storage().get(sha256(data)) == data
    row = Image.objects.get(pk=image.pk)
    assert (row.hash, row.storage_key, row.size) == (sha256(data), sha256(data), len(data))
    assert (row.mime_type, row.width, row.height, row.frames) == ("image/png", 64, 48, 1)
    assert (row.filename, row.uploaded_by, row.visibility) == ("Tür.png", contributor, "public")


@pytest.mark.parametrize("nobody", [None, AnonymousUser()], ids=["none", "anonymous"])
def test_an_upload_of_nobody_has_no_uploader(nobody):
    assert add_image(uploaded_by=nobody).uploaded_by is None


def test_it_takes_what_people_say_of_a_new_image():
    image = add_image(title="Dawn", description="Over the bay", alt_text="Fog", visibility="private")
    assert (image.title, image.description, image.alt_text) == ("Dawn", "Over the bay", "Fog")
    assert image.visibility == "private"


def test_default_visibility_is_the_setting(settings):
    settings.IMAGELIB_DEFAULT_VISIBILITY = "private"
    assert add_image().visibility == "private"


def test_the_decoder_decides_the_type_not_the_name():
    assert add_image(make_image("PNG"), filename="photo.jpg").mime_type == "image/png"


def test_known_bytes_return_the_image_as_it_is(contributor, editor):
    data = make_image()
    first = add_image(data, uploaded_by=contributor, title="First", visibility="private")
    again, created, _ = ingest(
        io.BytesIO(data), filename="other.jpg", uploaded_by=editor, title="Second", visibility="public"
    )
    assert (again.pk, created) == (first.pk, False)
    assert (again.title, again.visibility, again.filename) == ("First", "private", "photo.jpg")
    assert Image.objects.count() == 1


def test_known_bytes_put_a_missing_object_again():
    data = make_image()
    image = add_image(data)
    get_storage().delete(image.storage_key)
    add_image(data)
    assert get_storage().get(image.storage_key) == data


@pytest.mark.parametrize("person", ["contributor", "editor"])
def test_uploader_and_editor_bring_an_image_back_from_the_trash(person, contributor, editor):
    data = make_image()
    image = add_image(data, uploaded_by=contributor)
    trash(image)
    again = add_image(data, uploaded_by={"contributor": contributor, "editor": editor}[person])
    assert (again.pk, again.deleted_at) == (image.pk, None)


@pytest.mark.parametrize(
    ("was", "asked", "default", "becomes"),
    [
        ("public", "private", "public", "private"),
        ("private", "public", "public", "private"),
        ("private", "private", "public", "private"),
        ("public", "public", "private", "public"),
        ("public", None, "private", "private"),
        ("private", None, "public", "private"),
    ],
)
def test_what_comes_back_from_the_trash_has_the_stricter_visibility(settings, was, asked, default, becomes):
    settings.IMAGELIB_DEFAULT_VISIBILITY = default
    image = add_image(visibility=was)
    trash(image)
    again = add_image(**({"visibility": asked} if asked else {}))
    assert (again.pk, again.deleted_at, again.visibility) == (image.pk, None, becomes)
    image.refresh_from_db()
    assert (image.deleted_at, image.visibility) == (None, becomes)


def test_others_do_not_bring_an_image_back_from_the_trash(contributor, editor):
    data = make_image()
    image = add_image(data, uploaded_by=editor)
    trash(image)
    with pytest.raises(InTrash):
        add_image(data, uploaded_by=contributor)
    image.refresh_from_db()
    assert image.deleted_at is not None


def test_trash_and_restore_keep_the_object():
    image = add_image()
    trash(image)
    assert get_storage().exists(image.storage_key)
    restore(image)
    assert Image.objects.get().deleted_at is None


@pytest.mark.parametrize("upper", [False, True])
def test_a_matching_digest_is_accepted(upper):
    data = make_image()
    digest = sha256(data).upper() if upper else sha256(data)
    _, created, _ = ingest(io.BytesIO(data), filename="a.jpg", sha256=digest)
    assert created


def test_a_digest_that_does_not_match_is_refused():
    with pytest.raises(DigestMismatch):
        ingest(io.BytesIO(make_image()), filename="a.jpg", sha256="0" * 64)
    assert (Image.objects.count(), stored_keys()) == (0, [])


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"not an image", UnsupportedFormat),
        (make_image("BMP"), UnsupportedFormat),
        (make_image()[:-200], InvalidImage),
    ],
)
def test_a_refused_file_leaves_nothing(data, refusal):
    with pytest.raises(refusal):
        add_image(data)
    assert (Image.objects.count(), stored_keys()) == (0, [])


def test_the_byte_limit_is_the_last_size_taken(settings):
    data = make_image()
    settings.IMAGELIB_MAX_UPLOAD_BYTES = len(data) - 1
    with pytest.raises(ImageTooLarge):
        add_image(data)
    settings.IMAGELIB_MAX_UPLOAD_BYTES = len(data)
    assert add_image(data).size == len(data)


def test_no_row_without_its_object(monkeypatch):
    def unavailable(*args):
        raise StorageUnavailable("down")

    monkeypatch.setattr(type(get_storage()), "put", unavailable)
    with pytest.raises(StorageUnavailable):
        add_image()
    assert Image.objects.count() == 0


def test_the_object_is_put_before_the_row_is_made(monkeypatch):
    def fails(**fields):
        assert get_storage().exists(fields["hash"])
        raise RuntimeError("database gone")

    monkeypatch.setattr(Image.objects, "create", fails)
    with pytest.raises(RuntimeError):
        add_image()
    assert len(stored_keys()) == 1  # an orphan, which pruning collects


def test_to_count_a_new_image_is_one_statement(queued):
    add_image()
    with CaptureQueriesContext(connection) as asked:
        add_image(make_image(seed=1))
    statements = [query["sql"] for query in asked.captured_queries]
    row = next(n for n, sql in enumerate(statements) if sql.startswith('INSERT INTO "images_image"'))
    assert statements[row + 1].startswith('UPDATE "images_month"')
    tables = [sql for sql in statements[row + 2 :] if '"images_tag' in sql or '"visibility"' in sql]
    assert tables == []  # nobody else sees the row yet: what it weighs is known, and that it has no tags


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\me.jpg", "me.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie: x=1.jpg"),
        ("nul\0.jpg", "nul.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "image.png"),
        ("..", "image.png"),
        ("x" * 4096 + ".jpeg", "x" * 250 + ".jpeg"),
        ("caf\u0065\u0301.jpg", "café.jpg"),
    ],
)
def test_names_are_cleaned(name, clean):
    assert clean_filename(name, "image/png") == clean


def test_what_is_committed_is_on_the_disk():
    """With less a power cut could take back what was acknowledged."""
    sql = "PRAGMA synchronous" if connection.vendor == "sqlite" else "SHOW synchronous_commit"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.fetchone()[0] in (2, "on")  # 2: FULL
