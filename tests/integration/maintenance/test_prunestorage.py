"""manage.py prunestorage: only what nothing refers to goes, and only when asked."""

import io
import os
import time

import pytest
from django.core.management import call_command

from images.catalogue.trash import purge, trash
from images.maintenance import garbage
from images.management import progress
from images.models import Image, Rendition
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db

HOUR = 3600


def put(data: bytes, kind: str = "", age: float = 48 * HOUR) -> str:
    """Store `data` so many seconds ago; return its key."""
    key = kind + sha256(data)
    get_storage().put(key, io.BytesIO(data), "application/octet-stream")
    grow_old(key, age)
    return key


def grow_old(key: str, age: float = 48 * HOUR) -> None:
    os.utime(get_storage()._path(key), (time.time() - age,) * 2)


def stored_keys() -> set[str]:
    return {stored.key for stored in get_storage().list()}


def add(seed: int) -> Image:
    image = add_image(make_image(seed=seed))
    for key in keys_of(image):
        grow_old(key)
    return image


def keys_of(image: Image) -> set[str]:
    """Return the keys of the original and its renditions."""
    return {image.storage_key, *(rendition.storage_key for rendition in image.renditions.all())}


def test_it_only_lists_unless_told_to_delete():
    orphan, image = put(b"orphan"), add(1)
    assert run("prunestorage") == (
        0,
        [f"{orphan} (6 bytes)", "Would delete (with --delete): 1 objects, 6 bytes."],
        "",
    )
    assert stored_keys() == {orphan} | keys_of(image)


def test_it_deletes_what_no_row_refers_to_and_trashed_rows_refer(monkeypatch):
    monkeypatch.setattr(garbage, "BATCH", 2)
    kept, trashed, purged = add(1), add(2), add(3)
    for image in (trashed, purged):
        trash(image)
    left, gone = keys_of(kept) | keys_of(trashed), keys_of(purged)
    purge(purged)
    gone |= {put(b"orphan"), put(b"rendition", "renditions/")}

    result = run("prunestorage", "--delete", "--json")
    assert stored_keys() == left
    assert {found["key"] for found in result.objects} == gone
    assert (result.code, result.summary["objects"], result.summary["deleted"]) == (0, 5, True)


def test_renditions_that_another_image_shares_stay():
    first, second = (add_image(make_image("PNG", compress_level=level)) for level in (1, 9))
    for key in keys_of(first) | keys_of(second):
        grow_old(key)
    trash(first)
    purge(first)
    run("prunestorage", "--delete")
    assert stored_keys() == keys_of(second)


def test_a_library_without_its_database_loses_nothing():
    for seed in range(3):
        add(seed)
    before = stored_keys()
    Image.objects.all().delete()  # as in a database that is begun anew
    for arguments in (["--delete"], ["--delete", "--grace=0h"]):
        result = run("prunestorage", *arguments)
        assert (result.code, result.lines) == (1, ["Deleted: 0 objects, 0 bytes."])
        assert "restore that first" in result.error
    assert stored_keys() == before


def test_a_damaged_newest_backup_stops_it_until_there_is_another():
    add(1)
    orphan = put(b"orphan")
    put(b"no backup", "manifests/20261120T000000Z-")
    result = run("prunestorage", "--delete")
    assert (result.code, result.lines) == (2, [])
    assert "A new backup takes its place." in result.error
    assert orphan in stored_keys()
    assert run("backuplibrary").code == 0
    assert run("prunestorage", "--delete").code == 0
    assert orphan not in stored_keys()


def test_what_a_backup_names_stays_until_it_was_purged_or_by_force():
    purged, lost = add(1), add(2)
    run("backuplibrary")
    keys = purged.storage_key, lost.storage_key
    trash(purged)
    purge(purged)
    Image.objects.filter(pk=lost.pk).delete()
    result = run("prunestorage", "--delete")
    assert result.code == 1
    assert "backuplibrary says which" in result.error
    assert keys[0] not in stored_keys()
    assert keys[1] in stored_keys()
    assert run("prunestorage", "--delete", "--force").code == 0
    assert keys[1] not in stored_keys()


@pytest.mark.parametrize(("arguments", "left"), [([], 1), (["--grace=24h"], 1), (["--grace=1h"], 0)])
def test_what_is_younger_than_the_grace_stays(arguments, left):
    put(b"recent", age=2 * HOUR)
    run("prunestorage", "--delete", "--force", *arguments)
    assert len(stored_keys()) == left


def test_bytes_that_come_in_again_before_the_delete_stay(monkeypatch):
    data = make_image()
    key = put(data)
    found = garbage.find_garbage

    def found_and_uploaded(*args, **options):
        for stored in found(*args, **options):
            add_image(data)
            yield stored

    monkeypatch.setattr("images.management.commands.prunestorage.find_garbage", found_and_uploaded)
    assert run("prunestorage", "--delete", "--force").lines == ["Deleted: 0 objects, 0 bytes."]
    assert stored_keys() == keys_of(Image.objects.get(hash=key))


def test_it_asks_for_references_and_deletes_under_the_lock_of_uploads(monkeypatch):
    put(b"orphan")
    held = []
    lock = garbage.key_lock

    class Watched:
        def __init__(self, digest):
            self.lock, self.digest = lock(digest), digest

        def __enter__(self):
            self.lock.__enter__()
            held.append(self.digest)

        def __exit__(self, *error):
            held.remove(self.digest)
            self.lock.__exit__(*error)

    delete = get_storage().delete
    asked = garbage.is_referenced
    monkeypatch.setattr(garbage, "key_lock", Watched)
    monkeypatch.setattr(get_storage(), "delete", lambda key: held == [key] and delete(key))
    monkeypatch.setattr(garbage, "is_referenced", lambda key: held != [key] or asked(key))
    run("prunestorage", "--delete", "--force")
    assert stored_keys() == set()


@pytest.mark.parametrize(
    ("arguments", "left"), [([], 4), (["--keep-manifests=2"], 2), (["--keep-manifests=9"], 4)]
)
def test_backups_stay_unless_the_newest_are_counted(arguments, left):
    keys = [put(b"backup", f"manifests/2026112{day}T000000Z-") for day in range(4)]
    run("prunestorage", "--delete", "--force", *arguments)
    assert stored_keys() == set(keys[-left:])


@pytest.mark.parametrize("delete", [True, False])
def test_what_killed_uploads_left_goes_after_a_day(delete, data_dir):
    tmp = data_dir / "objects" / "tmp"
    for name, age in (("old", 25 * HOUR), ("young", 23 * HOUR)):
        (tmp / name).write_bytes(b"half")
        os.utime(tmp / name, (time.time() - age,) * 2)
    run("prunestorage", *["--delete", "--force"] * delete)
    assert {path.name for path in tmp.iterdir()} == ({"young"} if delete else {"young", "old"})


def test_a_store_that_is_away_ends_it(data_dir):
    (data_dir / "objects").rename(data_dir / "unmounted")
    assert run("prunestorage", "--delete").code == 2


def test_it_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr(progress, "IN_LOG", 0)
    for seed in range(3):
        add_image(make_image(seed=seed))
    told = io.StringIO()
    call_command("prunestorage", stdout=io.StringIO(), stderr=told)
    objects = Image.objects.count() + Rendition.objects.count()
    lines = told.getvalue().splitlines()
    assert len(lines) == objects
    assert lines[-1].startswith(f"Looked at {objects} of {objects} · ")
