"""A store that is really full: uploads fail, all else goes on, whoever runs the library is told, and with
some room all is well again.
"""

import shutil
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from images.catalogue import storing
from images.catalogue.storing import lasting_refusal
from images.models import Image, Refusal, Rendition
from images.tasks.notices import notices
from storage import get_storage
from tests.clients.api import IMAGES, client_of, form, problem
from tests.clients.commands import run
from tests.clients.iiif import url
from tests.factories import add_image, make_image
from tests.resilience import faults
from tests.resilience.small_disks import small_disk
from tests.servers.faulty_proxy import faulty, no_fault
from tests.servers.machine import find_program, need, until
from tests.servers.seaweedfs import start_seaweedfs

pytestmark = [pytest.mark.django_db, pytest.mark.drill, pytest.mark.usefixtures("queued")]

QUOTA = """lock
s3.bucket.quota -name small-bucket -op=set -sizeMB=1
s3.bucket.quota.enforce -apply
unlock
"""
NO_QUOTA = """lock
s3.bucket.quota -name small-bucket -op=remove
s3.bucket.quota.enforce -apply
unlock
"""
STORED, NEW = "full/320,240/0/default.jpg", "full/320,240/0/default.webp"


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """What is refused twice lasts: nobody waits for a minute here."""
    monkeypatch.setattr(storing, "LASTING", timedelta())
    monkeypatch.setattr(storing, "NOTED", timedelta())


def use_bucket(settings, options: dict) -> None:
    settings.IMAGELIB_STORAGE, settings.IMAGELIB_S3 = "s3", options
    get_storage.cache_clear()
    get_storage().prepare()


@pytest.fixture
def seaweed_on_small_disk(tmp_path, settings):
    """The library's bucket on a disk of its own, which is returned."""
    need("weed (SeaweedFS)", find_program("weed"), "a bucket whose disk is full")
    with small_disk(tmp_path / "disk", "size=200m") as disk:
        server = start_seaweedfs(disk.folder, "full-bucket", "FULLKEYID", "full-secret-key")
        try:
            use_bucket(settings, server.options)
            yield disk
        finally:
            server.stop()


def upload(user, seed: int):
    return client_of(user).post(IMAGES, form(seed), format="multipart")


def refused_from(user) -> int:
    """Upload one image after another; return the seed of the first that is refused."""
    seeds = count(1)

    def is_refused() -> bool:
        response = upload(user, next(seeds))
        assert "-bucket" not in response.text
        return response.status_code == 500

    until(is_refused, 60)
    return next(seeds) - 1


def body(response) -> bytes:
    assert response.status_code == 200
    return response.getvalue() if response.streaming else response.content


def told() -> list[str]:
    return [notice.sentence for notice in notices() if notice.kind == "store"]


def add_viewed(client) -> Image:
    image = add_image(make_image(size=(1000, 750)))
    body(client.get(url(image, STORED)))
    return image


def assert_reads_go_on(client, image: Image, cache: Path) -> None:
    """The original, what is stored of it, and what never was drawn before, none of it from a cache."""
    kept = Rendition.objects.count()
    get_storage.cache_clear()
    shutil.rmtree(cache, ignore_errors=True)
    assert body(client.get(image.get_file_url())) == make_image(size=(1000, 750))
    for spec in (STORED, NEW):
        assert body(client.get(url(image, spec)))
    assert body(client.get("/"))
    assert Rendition.objects.count() == kept


def assert_all_is_well(client, contributor, image: Image, seed: int) -> None:
    """Uploads go, nobody is warned, and nothing was lost or left behind."""
    until(lambda: upload(contributor, seed).status_code in (200, 201))
    assert told() == []
    assert not Refusal.objects.exists()
    body(client.get(url(image, NEW)))
    assert Rendition.objects.filter(spec=NEW).exists()
    assert run("verifystorage")[0] == 0


def test_a_bucket_whose_disk_is_full(client, contributor, data_dir, seaweed_on_small_disk):
    image = add_viewed(client)
    seaweed_on_small_disk.fill()
    seed = refused_from(contributor)  # a block that was begun has some bytes left
    assert problem(upload(contributor, seed)) == (500, "storage_error")
    assert Image.objects.count() == seed
    (sentence,) = told()
    assert sentence.startswith("The store answers, and takes nothing: it is full,")
    assert_reads_go_on(client, image, data_dir / "cache")
    assert told() == [sentence]

    seaweed_on_small_disk.make_room()
    assert_all_is_well(client, contributor, image, seed)


def test_a_bucket_that_is_over_its_quota(client, contributor, data_dir, tmp_path, settings):
    """SeaweedFS makes it read-only when `weed shell` has it look."""
    need("weed (SeaweedFS)", find_program("weed"), "a bucket that is over its quota")
    server = start_seaweedfs(tmp_path, "small-bucket", "SMALLKEYID", "small-secret-key")
    try:
        use_bucket(settings, server.options)
        image = add_viewed(client)
        server.client.put_object(Bucket=server.bucket, Key="large", Body=bytes(2 * 2**20))
        until(lambda: "read only" in server.shell(QUOTA), 60)  # once the master has heard how large it is
        seed = refused_from(contributor)
        assert problem(upload(contributor, seed)) == (500, "storage_error")
        assert told()
        assert_reads_go_on(client, image, data_dir / "cache")

        server.shell(NO_QUOTA)
        assert_all_is_well(client, contributor, image, seed)
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("507 Insufficient Storage", "XMinioStorageFull"),
        ("400 Bad Request", "XMinioAdminBucketQuotaExceeded"),
        ("403 Forbidden", "QuotaExceeded"),
    ],
)
def test_a_bucket_that_says_that_it_is_full(client, contributor, data_dir, settings, seaweedfs, status, code):
    with faulty(seaweedfs.endpoint_url) as wire:
        use_bucket(settings, seaweedfs.options | {"endpoint_url": wire.endpoint_url})
        image = add_viewed(client)
        wire.fault = faults.only("PUT", faults.refusal(status, code, seaweedfs.bucket, wire.endpoint_url))
        response = upload(contributor, 1)
        assert problem(response) == (500, "storage_error")
        assert faults.telltales(f"{response.headers}{response.text}", wire) == []
        (sentence,) = told()
        assert sentence.startswith("The store takes no more, because it is full or a quota is used up.")
        assert_reads_go_on(client, image, data_dir / "cache")

        wire.fault = no_fault
        until(lambda: upload(contributor, 1).status_code == 201)
        assert told() == []


@pytest.fixture
def folder(data_dir):
    """The folder of the library's objects, which is a disk of its own."""
    return data_dir / "objects"


def test_a_folder_whose_disk_has_no_byte_left(client, contributor, data_dir, folder):
    with small_disk(folder, "size=20m") as disk:
        get_storage().prepare()
        image = add_viewed(client)
        disk.fill()
        assert problem(upload(contributor, 1)) == (503, "busy")
        assert [notice.sentence for notice in notices()] == [
            "The disk of the store is nearly full: uploads are refused."
        ]
        assert_reads_go_on(client, image, data_dir / "cache")
        assert lasting_refusal() is None  # nothing was tried
        disk.make_room()
        assert_all_is_well(client, contributor, image, seed=1)


def test_a_folder_whose_disk_has_no_name_left(client, contributor, data_dir, folder):
    """It has room for bytes, so an upload is tried, and ENOSPC is what making its file says."""
    with small_disk(folder, "size=20m,nr_inodes=40"):
        get_storage().prepare()
        image = add_viewed(client)
        names = fill_names(folder)
        assert problem(upload(contributor, 1)) == (500, "storage_error")
        (sentence,) = told()
        assert sentence.startswith("The store takes no more, because it is full")
        assert_reads_go_on(client, image, data_dir / "cache")
        for name in names:
            name.unlink()
        assert_all_is_well(client, contributor, image, seed=1)


def fill_names(folder: Path) -> list[Path]:
    """Make files until there can be no other; return them."""
    names = []
    with suppress(OSError):
        while True:
            name = folder / f"filler-{len(names)}"
            name.touch()
            names.append(name)
    return names
