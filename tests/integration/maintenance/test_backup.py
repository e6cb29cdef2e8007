"""manage.py backuplibrary, and restorelibrary of it: one bucket is the whole library."""

import io
import uuid
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from images.ingest.pipeline import ingest
from images.maintenance import manifest
from images.models import Image, Rendition
from images.models.indexing import DERIVED
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image, sha256
from tests.resilience.database_loss import answers, lose_the_database, persons, rows
from tests.resilience.manifests import text_of

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

User = get_user_model()


def use_s3(settings, seaweedfs) -> None:
    settings.IMAGELIB_STORAGE = "s3"
    settings.IMAGELIB_S3 = seaweedfs.options | {"bucket_name": f"library-{uuid.uuid4().hex}"}
    get_storage.cache_clear()
    get_storage().prepare()


@pytest.fixture(params=["local", "s3"])
def store(request, settings):
    if request.param == "s3":
        use_s3(settings, request.getfixturevalue("seaweedfs"))


def test_everything_is_as_before(store, library):
    images, people = rows(), persons()
    seen = answers(images), answers(images, "editor")
    backup = run("backuplibrary", "--json").summary["key"]
    assert [stored.key for stored in get_storage().list("manifests/")] == [backup]
    lose_the_database()

    result = run("restorelibrary", "--json", "--verify")
    assert (result.code, result.objects) == (0, [])
    assert {kind: number for kind, number in result.summary.items() if number} == {"people": 4, "restored": 4}
    assert (rows(), persons()) == (images, people)
    assert (answers(images), answers(images, "editor")) == seen
    assert {status for status, *_ in seen[0].values()} == {200, 404}
    assert run("verifystorage") == (0, ["Whole: 13. Problems: none."], "")  # 4 images, 8 renditions, a backup


def test_doing_it_again_changes_nothing(library):
    run("backuplibrary")
    lose_the_database()
    run("restorelibrary")
    image = Image.objects.get(title__startswith="Ä")
    image.title = "Changed since"
    image.save()
    images, people = rows(), persons()

    assert run("restorelibrary", "--merge", "--json").summary["present"] == 4
    assert (rows(), persons()) == (images, people)


def test_uploads_go_on_while_it_is_written(store, library, monkeypatch):
    monkeypatch.setattr(manifest, "CHUNK", 2)
    started, stop = Event(), Event()

    def upload() -> None:
        seed = 100
        while not stop.is_set():
            ingest(io.BytesIO(make_image(seed=seed)), filename="meanwhile.jpg", title="Meanwhile")
            seed += 1
            if seed == 105:
                started.set()
        connection.close()

    uploads = Thread(target=upload)
    uploads.start()
    try:
        assert started.wait(30)
        run("backuplibrary")
    finally:
        stop.set()
        uploads.join()
    add_image(make_image(seed=99), filename="after.jpg", title="After")
    images = rows()
    lose_the_database()

    result = run("restorelibrary", "--json")
    assert result.code == 0
    assert result.summary["restored"] + result.summary["adopted"] == len(images)
    assert result.summary["adopted"] >= 1
    restored = rows()
    assert {row["hash"] for row in restored.values()} == {row["hash"] for row in images.values()}
    for image_id, row in restored.items():
        if image_id in images:
            was = images[image_id]
            assert row | {"renditions": {}} == was | {"renditions": {}}
            assert row["renditions"] <= was["renditions"]  # the others were drawn after the manifest was read
        else:
            assert (row["visibility"], row["title"], row["uploaded_by_id"]) == ("private", "", None)
    # A rendition that came after its image's line is nobody's now, and made again when it is asked for.
    problems = {
        (found["problem"], found["key"].split("/")[0]) for found in run("verifystorage", "--json").objects
    }
    assert problems <= {("orphaned", "renditions")}


def test_a_backup_has_no_secrets(library, tmp_path):
    hashes = User.objects.values_list("password", flat=True)
    run("backuplibrary", f"--output={tmp_path / 'backup'}")
    text = text_of(tmp_path / "backup")
    assert "Lovelace" in text
    assert not [secret for secret in (*hashes, "pbkdf2", "md5$", "password") if secret in text]


def test_the_file_is_the_object_private_and_restores_too(library, tmp_path):
    images = rows()
    key = run("backuplibrary", "--json", f"--output={tmp_path / 'backup'}").summary["key"]
    assert (tmp_path / "backup").read_bytes() == get_storage().get(key)
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    get_storage().delete(key)
    lose_the_database()
    assert run("restorelibrary", str(tmp_path / "backup")).code == 0
    assert rows() == images


def test_the_newest_is_taken_unless_another_is_named(library, monkeypatch):
    older = run("backuplibrary", "--json").summary["key"]
    Image.objects.update(title="Newer title")
    later = timezone.now() + timedelta(seconds=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    run("backuplibrary")
    titles = []
    for named in ([], [older]):
        lose_the_database()
        run("restorelibrary", *named)
        titles.append(Image.objects.filter(title="Newer title").count())
    assert titles == [4, 0]


def test_every_column_is_in_it_that_does_not_follow_from_others(library):
    (entry, *_) = [entry for entry in manifest.catalogue(timezone.now()) if entry["kind"] == "image"]
    columns = {field.attname for field in Image._meta.concrete_fields if field not in DERIVED}
    others = {"kind", "uploaded_by", "renditions", "tags"}
    assert set(entry) - others == columns - {"uploaded_by_id", "keywords"}
    columns = {field.attname for field in Rendition._meta.concrete_fields}
    assert set(entry["renditions"][0]) == columns - {"id", "image_id"}
    assert sha256(make_image(seed=1)) == entry["hash"]
