"""manage.py copyobjects: a library's objects go to another store, each of them whole."""

import io
import os
import time

import pytest
from django.utils import timezone

from images.maintenance.copying import Outcome, copy_objects, count_lacking
from images.maintenance.manifest import newest_first
from images.models import Image, Rendition
from storage import get_storage
from storage.backend import StoredObject
from storage.errors import StorageUnavailable
from storage.keys import RENDITIONS
from storage.local_backend import LocalStorageBackend
from storage.s3_backend import S3StorageBackend
from tests.clients.commands import run
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def library():
    """Two images with renditions, and two backups, of which the one with the later name came first."""
    for seed in range(2):
        add_image(make_image(seed=seed))
    run("backuplibrary")
    (backup,) = newest_first()
    data = get_storage().get(backup.key)
    early = f"manifests/20200101T000000Z-{sha256(data)}"
    get_storage().put(early, io.BytesIO(data), "application/x-ndjson")
    os.utime(get_storage()._path(backup.key), (time.time() - 3600,) * 2)
    return get_storage()


@pytest.fixture
def folder(tmp_path):
    return LocalStorageBackend(tmp_path / "copy")


def contents(store) -> dict[str, bytes]:
    return {stored.key: store.get(stored.key) for stored in store.list()}


def test_a_folder_gets_all_of_a_library(library, folder, tmp_path):
    code, lines, errors = run("copyobjects", "--to", str(tmp_path / "copy"))
    expected = contents(library)
    size = sum(map(len, expected.values()))
    assert (code, lines, errors) == (0, [f"Copied: {len(expected)} objects, {size} bytes."], "")
    assert contents(folder) == expected
    assert len([key for key in expected if key.startswith(RENDITIONS)]) >= 2


def test_the_newest_backup_stays_the_newest(library, folder, tmp_path):
    before = [stored.key for stored in newest_first()]
    run("copyobjects", "--to", str(tmp_path / "copy"))
    copies = sorted(folder.list("manifests/"), key=lambda stored: (stored.modified, stored.key), reverse=True)
    assert [stored.key for stored in copies] == before
    assert before[0].startswith("manifests/2020")


def test_a_second_time_brings_what_came_since(library, folder, tmp_path):
    run("copyobjects", "--to", str(tmp_path / "copy"))
    new = {*contents(library)}
    add_image(make_image(seed=7))
    new = {*contents(library)} - new
    size = sum(len(library.get(key)) for key in new)
    assert run("copyobjects", "--to", str(tmp_path / "copy"))[:2] == (
        0,
        [f"Copied: {len(new)} objects, {size} bytes."],
    )
    assert run("copyobjects", "--to", str(tmp_path / "copy"))[:2] == (0, ["Copied: 0 objects, 0 bytes."])


def test_what_is_cut_short_there_is_copied_again(library, folder, tmp_path):
    run("copyobjects", "--to", str(tmp_path / "copy"))
    key = next(library.list()).key
    folder._path(key).write_bytes(b"cut")
    assert count_lacking(library, folder) == 1
    run("copyobjects", "--to", str(tmp_path / "copy"))
    assert folder.get(key) == library.get(key)


def test_a_damaged_object_is_named_and_not_copied(library, folder, tmp_path):
    key = next(library.list()).key
    library._path(key).write_bytes(b"\0" * library._path(key).stat().st_size)
    code, lines, errors = run("copyobjects", "--to", str(tmp_path / "copy"))
    assert (code, lines[0]) == (1, f"wrong_hash: {key}")
    assert "1 objects are damaged where they were" in errors
    assert not folder.exists(key)
    assert len(contents(folder)) == len(list(library.list())) - 1


def test_what_is_deleted_meanwhile_is_no_problem(library, folder, monkeypatch):
    folder.prepare()
    gone = StoredObject("0" * 64, 7, timezone.now())
    monkeypatch.setattr(library, "list", lambda prefix="": iter(() if prefix else [gone]))
    assert list(copy_objects(library, folder, 1)) == [Outcome(gone.key, 7, is_copied=False)]


def test_a_bucket_gets_all_of_a_folder_and_gives_it_back(library, folder, seaweedfs):
    """With the types that the catalogue has."""
    options = seaweedfs.options | {"bucket_name": "copied"}
    bucket = S3StorageBackend(**options)
    bucket.prepare()
    assert {outcome.is_copied for outcome in copy_objects(library, bucket, 4)} == {True}
    assert contents(bucket) == contents(library)
    with bucket._reads.asked("types") as client:
        types = {
            key: client.head_object(Bucket="copied", Key=key)["ContentType"] for key in contents(library)
        }
    rows = [*Image.objects.all(), *Rendition.objects.all()]
    assert {row.storage_key: types[row.storage_key] for row in rows} == {
        row.storage_key: row.mime_type for row in rows
    }
    folder.prepare()
    assert len(list(copy_objects(bucket, folder, 4))) == len(types)
    assert contents(folder) == contents(library)


def test_a_store_that_fails_ends_it(library, folder, tmp_path, monkeypatch):
    def fail(store, key, file, content_type):
        raise StorageUnavailable("It is full.")

    monkeypatch.setattr(LocalStorageBackend, "put", fail)
    code, lines, errors = run("copyobjects", "--to", str(tmp_path / "copy"))
    assert (code, lines) == (2, [])
    assert "It is full." in errors


@pytest.mark.parametrize("way", ["--from", "--to"])
def test_the_own_folder_is_refused(library, way):
    code, _, errors = run("copyobjects", way, str(library.folder()))
    assert code == 2
    assert "is the library's own folder" in errors


def test_a_folder_that_has_no_objects_is_refused(tmp_path):
    code, _, errors = run("copyobjects", "--from", str(tmp_path))
    assert code == 2
    assert "has no objects: of a library it is the folder `objects`." in errors
    assert not list(tmp_path.iterdir())
