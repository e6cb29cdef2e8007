"""A database that lost a part: what nobody purged by name stays, and what somebody did stays away."""

import io
import json
import os

import pytest
from django.utils import timezone

from images.catalogue.trash import purge, trash
from images.maintenance import losses, manifest, manifest_form, restoring
from images.models import Image, KnownManifest, Purged, Restoration
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image, sha256
from tests.resilience.database_loss import dump, lose_the_database, restore_dump
from tests.resilience.manifests import plain

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TINY = (8, 8)


def add(seed: int, **described) -> Image:
    return add_image(make_image(size=TINY, seed=seed), **described)


def put_in_the_trash_and_purge(image: Image) -> str:
    """Return the hash of what is purged now."""
    trash(image)
    purge(image)
    return image.hash


def originals() -> set[str]:
    return {stored.key for stored in get_storage().list() if "/" not in stored.key}


def hashes() -> set[str]:
    return set(Image.objects.values_list("hash", flat=True))


def nights_pass(nights: int = 2) -> None:
    """Let all objects be as much older: no grace protects them."""
    for stored in get_storage().list():
        seconds = stored.modified.timestamp() - nights * 86_400
        os.utime(get_storage()._path(stored.key), (seconds, seconds))


def nightly() -> list[int]:
    """Return the exit codes of what cron runs, in the order in which the documentation lists it."""
    return [run("backuplibrary").code, run("prunestorage", "--delete").code]


def back_up_as_before_this_version(*images: Image) -> str:
    """Store a manifest as version 1 wrote it, without tombstones; return its key."""
    now = timezone.now()
    head = {"kind": "manifest", "format": manifest_form.FORMAT, "version": 1, "created_at": now}
    entries = [{"kind": "image"} | manifest.describe(image) for image in images]
    data = plain([head, *entries])
    key = manifest.store(io.BytesIO(data), sha256(data), now)
    KnownManifest.objects.all().delete()
    return key


@pytest.mark.drill
def test_the_drill(tmp_path):
    """40 images, a dump, 20 more, the old dump, cron, the manifest: all are there, but what was purged."""
    images = [add(seed) for seed in range(40)]
    before = put_in_the_trash_and_purge(add(100))
    dump(tmp_path / "monday.json")
    images += [add(seed) for seed in range(40, 60)]
    after = [put_in_the_trash_and_purge(add(101)), put_in_the_trash_and_purge(images.pop(0))]
    images.append(add(60))
    assert run("backuplibrary").code == 0
    whole = originals()

    restore_dump(tmp_path / "monday.json")
    nights_pass()
    assert nightly() == [2, 1]
    assert whole - originals() == {before}  # of the others this database does not know that they were purged
    assert run("restorelibrary", "--merge").code == 0
    assert {image.hash for image in images} == hashes()
    assert {image.pk for image in images} == set(Image.objects.values_list("pk", flat=True))
    assert len(images) == 60
    assert all(image.read() for image in images)
    assert nightly() == [0, 0]
    assert originals() == hashes()
    assert originals().isdisjoint([before, *after])


def test_what_came_after_the_newest_backup_stays_too_while_a_part_is_lost(tmp_path):
    add(1)
    dump(tmp_path / "monday.json")
    add(2)
    run("backuplibrary")
    add(3)
    restore_dump(tmp_path / "monday.json")
    nights_pass()
    assert nightly() == [2, 1]
    assert len(originals()) == 3


def test_any_backup_in_the_store_counts_not_only_the_newest(tmp_path):
    add(1)
    dump(tmp_path / "monday.json")
    lost = add(2)
    back_up_as_before_this_version(*Image.objects.all())
    restore_dump(tmp_path / "monday.json")
    back_up_as_before_this_version(*Image.objects.all())  # what the guards of that version let through
    nights_pass()
    assert nightly() == [2, 1]
    assert lost.hash in originals()


def test_an_unfinished_restoration_stops_both_until_it_is_finished(monkeypatch):
    images = [add(seed) for seed in range(6)]
    key = run("backuplibrary", "--json").summary["key"]
    lose_the_database()
    restore = restoring._restore_image

    def interrupted(*args):
        if Image.objects.count() == 2:
            raise KeyboardInterrupt
        return restore(*args)

    monkeypatch.setattr(restoring, "_restore_image", interrupted)
    assert run("restorelibrary").code == 130
    monkeypatch.undo()
    nights_pass()
    for command in (["backuplibrary"], ["backuplibrary", "--force"], ["prunestorage", "--delete", "--force"]):
        result = run(*command)
        assert (result.code, result.lines) == (2, [])
        assert f"restorelibrary {key}" in result.error
    assert len(originals()) == 6

    assert run("restorelibrary").code == 0
    assert hashes() == {image.hash for image in images}
    assert not Restoration.objects.exists()
    assert nightly() == [0, 0]


def test_lost_and_purged_before_this_version_are_told_apart():
    purged, kept, lost = add(1), add(2), add(3)
    old = back_up_as_before_this_version(purged, kept, lost)
    Image.objects.filter(pk=purged.pk).delete()  # as that version purged
    assert "1 image is named only by backups of a version that did not note" in run("backuplibrary").error
    assert "--force" in run("backuplibrary").error
    assert "lost:" not in run("backuplibrary").error

    assert run("backuplibrary", "--force").code == 0
    Image.objects.filter(pk=lost.pk).delete()
    result = run("backuplibrary", "--json")
    assert result.code == 2
    assert [json.loads(line)["loss"] for line in result.lines] == ["lost"]
    assert json.loads(result.lines[0])["key"] == lost.hash
    assert json.loads(result.lines[0])["manifest"] != old
    assert "1 image is lost" in result.error
    assert "restorelibrary" in result.error
    assert "did not note" not in result.error


def test_force_writes_tombstones_for_exactly_what_it_listed():
    purged, also, kept = add(1), add(2), add(3)
    back_up_as_before_this_version(purged, also, kept)
    Image.objects.filter(pk__in=[purged.pk, also.pk]).delete()
    listed = {json.loads(line)["key"] for line in run("backuplibrary", "--json").lines}
    assert listed == {purged.hash, also.hash}
    assert not Purged.objects.exists()

    result = run("backuplibrary", "--force", "--json")
    assert {found["key"] for found in result.objects} == listed
    assert set(Purged.objects.values_list("hash", flat=True)) == listed
    nights_pass()
    assert nightly() == [0, 0]
    assert originals() == {kept.hash}


def test_a_takedown_needs_no_force():
    taken, kept = add(1), add(2)
    run("backuplibrary")
    older = run("backuplibrary", "--json").summary["key"]
    key = put_in_the_trash_and_purge(taken)
    assert run("prunestorage", "--grace=0h", "--delete").code == 0
    assert originals() == {kept.hash}
    assert run("backuplibrary").code == 0

    add_again = get_storage().put
    add_again(key, io.BytesIO(make_image(size=TINY, seed=1)), "image/jpeg")  # from a copy of the bucket
    for age in (2, 0):  # of the object
        nights_pass(age)
        result = run("restorelibrary", "--merge", older)
        assert result.code == 0
        assert f"purged: {key} (image {taken.pk})" in result.lines
        assert hashes() == {kept.hash}


def test_a_new_database_hears_what_was_purged_from_the_newest_backup():
    taken, kept = add(1), add(2)
    older = run("backuplibrary", "--json").summary["key"]
    put_in_the_trash_and_purge(taken)
    run("backuplibrary")
    lose_the_database()
    assert f"purged: {taken.hash} (image {taken.pk})" in run("restorelibrary", older).lines
    assert hashes() == {kept.hash}


def test_bytes_that_come_in_again_have_no_tombstone_and_are_kept(tmp_path):
    add(2)
    key = put_in_the_trash_and_purge(add(1))
    assert Purged.objects.get().hash == key
    dump(tmp_path / "monday.json")
    again = add(1)
    assert not Purged.objects.exists()
    run("backuplibrary")
    restore_dump(tmp_path / "monday.json")  # which has the tombstone
    assert nightly() == [2, 1]
    assert run("prunestorage", "--delete", "--grace=0h").code == 1
    assert key in originals()
    assert run("restorelibrary", "--merge").code == 0
    assert Image.objects.get(hash=key).pk == again.pk
    assert not Purged.objects.exists()


def test_a_database_older_than_the_newest_backup_does_not_undo_a_purge(tmp_path):
    taken = add(1)
    add(2)
    run("backuplibrary")
    dump(tmp_path / "monday.json")
    put_in_the_trash_and_purge(taken)
    run("backuplibrary")
    restore_dump(tmp_path / "monday.json")
    result = run("backuplibrary")
    assert result.code == 2
    assert "does not know its newest backup" in result.error
    assert run("restorelibrary", "--merge").code == 0
    assert taken.hash not in hashes()
    assert run("backuplibrary").code == 0


def test_a_backup_of_before_this_version_restores():
    images = [add(1), add(2)]
    back_up_as_before_this_version(*images)
    lose_the_database()
    assert run("restorelibrary").code == 0
    assert hashes() == {image.hash for image in images}
    assert run("backuplibrary").code == 0


def test_an_older_backup_is_read_once(monkeypatch):
    add(1)
    for _ in range(3):
        back_up_as_before_this_version(*Image.objects.all())
    read = []
    opened = manifest.opened
    monkeypatch.setattr(losses, "opened", lambda key: read.append(key) or opened(key))
    assert run("backuplibrary").code == 0
    assert len(read) == 3
    del read[:]
    newest = manifest.newest()
    assert nightly() == [0, 0]
    assert read == [newest, manifest.newest()]
    assert KnownManifest.objects.count() == 5


def test_a_damaged_older_backup_is_named_and_hides_no_other():
    add(1)
    lost = add(2)
    first = back_up_as_before_this_version(*Image.objects.all())
    second = back_up_as_before_this_version(*Image.objects.all())
    get_storage()._path(second).write_bytes(b"damaged")
    Image.objects.filter(pk=lost.pk).delete()
    result = run("backuplibrary")
    assert result.code == 2
    assert result.lines == [
        f"damaged: {second}",
        f"unexplained: {lost.hash} (image {lost.pk}, {first})",
    ]
