"""A disk that is full, a folder that is read-only, a database that is locked: a clean error, nothing partial,
and all is well when the cause is gone.
"""

import errno
import os
import resource
import sqlite3
from contextlib import closing
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection

from images.models import Image
from storage import get_storage, local_backend
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import make_image, sha256
from tests.resilience.killed_uploads import orphans_of_whole_library, upload
from tests.resilience.robustness import live_library

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.drill,
    pytest.mark.race,
]

DATA = make_image("PNG")


def post(user):
    return client_of(user).post(IMAGES, {"file": SimpleUploadedFile("photo.png", DATA)})


PLACES = {
    "making a draft": (local_backend, "tempfile"),
    "getting it to disk": (os, "fsync"),
    "making its folder": (local_backend, "_make_folder"),
    "getting its folder to disk": (local_backend, "_sync_folder"),
    "giving it its name": (os, "replace"),
}


@pytest.mark.parametrize("cause", [errno.ENOSPC, errno.EROFS, errno.EIO], ids=["full", "read-only", "broken"])
@pytest.mark.parametrize("place", PLACES)
def test_a_store_that_takes_nothing(contributor, place, cause):
    fail = mock.Mock(side_effect=OSError(cause, os.strerror(cause), "/a/folder/of/ours"))
    fail.NamedTemporaryFile = fail  # where it stands for the module
    with mock.patch.object(*PLACES[place], fail):
        assert problem(post(contributor)) == (500, "storage_error")
    fail.assert_called()

    assert orphans_of_whole_library([]) == set()
    assert upload(DATA, contributor) == 201
    assert orphans_of_whole_library([DATA]) == set()


def test_a_disk_too_full_for_the_upload_itself(tmp_path):
    """Nothing larger than 1 MiB can be written: not the spooled upload, nor the copy for the decoder."""
    with live_library(tmp_path / "data", WEB_CONCURRENCY="1") as library:
        for size in ((700, 700), (1200, 900)):  # below and above what an upload may take of memory
            data = make_image("PNG", size, compress_level=0)
            for worker in library.workers:
                resource.prlimit(worker, resource.RLIMIT_FSIZE, (2**20, resource.RLIM_INFINITY))
            assert library.send("photo.png", data).answer == "500 server_error"
            for worker in library.workers:
                resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            outcome = library.send("photo.png", data)
            assert (outcome.answer, outcome.faults) == ("201", ())
        assert library.faults_of_workers() == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="on PostgreSQL, a writer waits for nobody")
def test_a_locked_database(contributor):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")  # milliseconds, for this connection
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        assert_is_busy(post(contributor))
    connection.close()

    assert orphans_of_whole_library([]) == {sha256(DATA)}
    assert upload(DATA, contributor) == 201
    assert orphans_of_whole_library([DATA]) == set()


def test_a_database_that_goes_away(contributor):
    gone = mock.Mock(side_effect=OperationalError("connection to server at db.internal failed"))
    with mock.patch.object(Image.objects, "create", gone):
        assert_is_busy(post(contributor))
    assert upload(DATA, contributor) == 201
    assert orphans_of_whole_library([DATA]) == set()


def assert_is_busy(response) -> None:
    assert problem(response) == (503, "busy")
    assert int(response["Retry-After"]) > 0
    assert "internal" not in response.text


# --- Repair ----------------------------------------------------------------------------------------

DAMAGE = {
    "missing": None,
    "cut short": DATA[:-100],
    "of a flipped bit": DATA[:200] + bytes([DATA[200] ^ 1]) + DATA[201:],
    "empty": b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_uploading_again_repairs_the_object_in_a_folder(contributor, settings, damage):
    assert upload(DATA, contributor) == 201
    (path,) = settings.IMAGELIB_DATA_DIR.glob(f"objects/**/{sha256(DATA)}")
    path.unlink() if DAMAGE[damage] is None else path.write_bytes(DAMAGE[damage])
    assert upload(DATA, contributor) == 200
    assert path.read_bytes() == get_storage().get(sha256(DATA)) == DATA


@pytest.mark.parametrize("damage", DAMAGE)
def test_uploading_again_repairs_the_object_in_a_bucket(contributor, settings, seaweedfs, damage):
    settings.IMAGELIB_STORAGE = "s3"
    settings.IMAGELIB_S3 = seaweedfs.options
    get_storage.cache_clear()
    assert upload(DATA, contributor) == 201
    place = {"Bucket": seaweedfs.bucket, "Key": sha256(DATA)}
    if DAMAGE[damage] is None:
        seaweedfs.client.delete_object(**place)
    else:
        seaweedfs.client.put_object(**place, Body=DAMAGE[damage])
    assert upload(DATA, contributor) == 200
    assert seaweedfs.client.get_object(**place)["Body"].read() == DATA
    assert get_storage().get(sha256(DATA)) == DATA
