"""manage.py verifystorage: every damage is found, and nothing else."""

import io
import os
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from images.catalogue import walks
from images.catalogue.trash import purge, trash
from images.errors import Busy
from images.imaging import sandbox
from images.ingest.pipeline import ingest
from images.maintenance import verification
from images.maintenance.garbage import remove_garbage
from images.models import Image, Rendition
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.commands import run
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(verification, "PAUSE_SECONDS", 0)


def add(seed: int) -> Image:
    return add_image(make_image(seed=seed))


def overwrite(image: Image, data: bytes) -> None:
    """Damage the stored object behind the library's back, at its former time."""
    path = get_storage()._path(image.storage_key)
    facts = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def lose(image: Image) -> None:
    get_storage().delete(image.storage_key)


def truncate(image: Image) -> None:
    overwrite(image, image.read()[:-1])


def flip_a_bit(image: Image) -> None:
    data = bytearray(image.read())
    data[100] ^= 1
    overwrite(image, bytes(data))


def put(data: bytes, kind: str = "") -> str:
    get_storage().put(kind + sha256(data), io.BytesIO(data), "application/octet-stream")
    return kind + sha256(data)


def add_undecodable() -> Image:
    data = make_image(seed=99)[:-300]
    facts = {"mime_type": "image/jpeg", "size": len(data), "width": 64, "height": 48, "filename": "a.jpg"}
    return Image.objects.create(hash=put(data), **facts)


def test_a_whole_library_is_clean():
    trash(add(1))
    add(2)
    put(b"a backup", "manifests/20261123T071955Z-")
    assert run("verifystorage") == (0, ["Whole: 7. Problems: none."], "")  # each has two renditions
    assert run("verifystorage", "--json").summary == {"whole": 7, "problems": {}, "damaged": 0}


def test_every_damage_is_found_and_what_is_whole_is_not_named():
    seeded = {add(seed): damage for seed, damage in enumerate([lose, truncate, flip_a_bit])}
    whole = [add(seed) for seed in range(10, 15)]
    for image, damage in seeded.items():
        image.read()  # hashed by this process, which could remember it
        damage(image)
    missing, wrong_size, wrong_hash = seeded
    undecodable = add_undecodable()
    orphan, rendition = put(b"orphan"), put(b"rendition", "renditions/")
    lost, damaged = whole[0].renditions.all()
    get_storage().delete(lost.storage_key)
    get_storage()._path(damaged.storage_key).write_bytes(b"no picture")
    backup = put(b"a backup", "manifests/20261123T071955Z-")
    get_storage()._path(backup).write_bytes(b"a backuq")

    result = run("verifystorage", "--json")
    assert {(found["key"], found["problem"], found["image"]) for found in result.objects} == {
        (missing.hash, "missing", str(missing.pk)),
        (wrong_size.hash, "wrong_size", str(wrong_size.pk)),
        (wrong_hash.hash, "wrong_hash", str(wrong_hash.pk)),
        (undecodable.hash, "undecodable", str(undecodable.pk)),
        (orphan, "orphaned", None),
        (rendition, "orphaned", None),
        (lost.storage_key, "missing", str(whole[0].pk)),
        (damaged.storage_key, "wrong_size", str(whole[0].pk)),
        (backup, "wrong_hash", None),
    }
    assert (result.code, result.error) == (1, "9 found.")
    assert result.summary["damaged"] == 5  # neither orphans nor renditions
    images, renditions = len(whole), 2 * (len(whole) + len(seeded))
    assert result.summary["whole"] == images + renditions - 2


def test_lines_name_problem_object_and_image():
    image = add(1)
    lose(image)
    orphan = put(b"orphan")
    assert run("verifystorage").lines == [
        f"orphaned: {orphan}",
        f"missing: {image.hash} (image {image.pk})",
        "Whole: 2. Problems: 1 missing, 1 orphaned.",
    ]


def test_when_it_was_verified_is_noted_of_whole_images_only():
    whole, damaged = add(1), add(2)
    Image.objects.update(verified_at=timezone.now() - timedelta(days=400))
    changed = whole.updated_at
    flip_a_bit(damaged)
    run("verifystorage")

    whole.refresh_from_db()
    damaged.refresh_from_db()
    assert timezone.now() - whole.verified_at < timedelta(minutes=1)
    assert (whole.updated_at, damaged.verified_at) == (changed, None)


def test_the_longest_unverified_come_first_and_an_interrupted_run_goes_on(monkeypatch):
    monkeypatch.setattr(walks, "BATCH", 2)
    images = [add(seed) for seed in range(6)]
    for age, image in enumerate(images):
        image.verified_at = timezone.now() - timedelta(days=10 - age) if age > 1 else None
        image.save()
    never = sorted(images[:2], key=lambda image: image.pk)
    order = [image.pk for image in [*never, *images[2:]]]

    Rendition.objects.all().delete()
    found = (finding for finding in verification.find_problems(count=6) if finding.image_id)
    assert [next(found).image_id for _ in range(3)] == order[:3]
    found = (finding for finding in verification.find_problems(count=6) if finding.image_id)
    assert [finding.image_id for finding in found] == order[3:] + order[:3]


def test_a_sample_is_the_part_asked_for_and_the_next_sample_another():
    images = [add(seed) for seed in range(6)]
    lose(images[0])
    started = timezone.now()
    for verified in (3, 5):
        run("verifystorage", "--sample=50%")
        assert Image.objects.filter(verified_at__gt=started).count() == verified


def test_for_damage_alone_it_ends_with_1_for_what_is_lost():
    """Renditions are made again, orphans are nobody's, and a busy machine is no damage: they are named."""
    image = add(1)
    lost = Rendition.objects.filter(image=image).first()
    get_storage().delete(lost.storage_key)
    put(b"orphan")
    code, lines, _ = run("verifystorage", "--damage")
    assert code == 0
    assert f"missing: {lost.storage_key} (image {image.pk})" in lines
    assert lines[-1].endswith("Problems: 1 missing, 1 orphaned.")
    assert run("verifystorage")[0] == 1
    lose(image)
    code, _, error = run("verifystorage", "--damage")
    assert (code, error) == (1, "1 found.")


def test_of_a_sample_so_many_are_the_most():
    for seed in range(4):
        add(seed)
    started = timezone.now()
    run("verifystorage", "--sample=75%", "--most=2")
    assert Image.objects.filter(verified_at__gt=started).count() == 2
    run("verifystorage", "--sample=25%", "--most=2")
    assert Image.objects.filter(verified_at__gt=started).count() == 3


@pytest.mark.parametrize("event", ["purged", "repaired", "purged and uploaded again"])
def test_what_changes_meanwhile_is_no_problem(event, monkeypatch):
    image = add(1)
    lose(image)
    look = verification.look_at

    def changed_after_the_first_look(*args, **options):
        monkeypatch.setattr(verification, "look_at", look)
        seen = look(*args, **options)
        if event.startswith("purged"):
            trash(image)
            purge(image)
        if event != "purged":
            add(1)
        return seen

    monkeypatch.setattr(verification, "look_at", changed_after_the_first_look)
    assert run("verifystorage").code == 0


def test_an_object_that_alone_cannot_be_read_is_named_and_the_rest_verified(monkeypatch):
    unreadable, _ = add(1), add(2)
    backend = get_storage()
    read = backend.open_unverified

    def bad_sector(key):
        if key == unreadable.hash:
            raise StorageUnavailable("The store cannot be used now.")
        return read(key)

    monkeypatch.setattr(backend, "open_unverified", bad_sector)
    result = run("verifystorage")
    assert result.lines[1:] == ["Whole: 5. Problems: 1 unreadable."]
    assert (result.code, result.lines[0].split()[0]) == (1, "unreadable:")


@pytest.fixture
def busy(monkeypatch) -> Callable[[int], list]:
    """Has so many inspections from here on find no time; returns the list of those that there were."""
    monkeypatch.setattr(verification, "DECODING_PAUSES", (0, 0))

    def make_busy(times: int) -> list:
        inspect, timeouts = verification.inspect_image, []

        def inspect_later(file, timeout):
            timeouts.append(timeout)
            if len(timeouts) <= times:
                raise Busy("The image took too long just now.")
            return inspect(file, timeout)

        monkeypatch.setattr(verification, "inspect_image", inspect_later)
        return timeouts

    return make_busy


def test_a_machine_at_work_is_waited_for(busy):
    add(1)
    timeouts = busy(2)
    assert run("verifystorage") == (0, ["Whole: 3. Problems: none."], "")
    assert min(timeouts) > sandbox.JOB_TIMEOUT
    assert Image.objects.get().verified_at


def test_an_image_there_was_no_time_to_decode_is_not_called_undecodable(busy):
    image = add(1)
    Image.objects.update(verified_at=None)
    timeouts = busy(99)
    result = run("verifystorage")
    assert result.lines == [f"busy: {image.hash} (image {image.pk})", "Whole: 2. Problems: 1 busy."]
    assert (result.code, len(timeouts)) == (1, 3)
    assert not Image.objects.get().verified_at  # so that it comes first the next time


def test_a_job_too_slow_by_the_wall_clock_is_no_damage(monkeypatch):
    add_image(make_image("PNG", (4000, 3000)))
    monkeypatch.setattr(verification, "DECODING_PAUSES", ())
    monkeypatch.setattr(verification, "DECODING_SECONDS", 0.01)
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 0.01)
    assert run("verifystorage").lines[-1].endswith(" Problems: 1 busy.")


def test_a_store_that_is_away_is_not_a_library_of_missing_images(data_dir):
    add(1)
    (data_dir / "objects").rename(data_dir / "unmounted")
    result = run("verifystorage")
    assert (result.code, result.lines) == (2, [])
    assert result.error.startswith("The store cannot be used now.")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_false_alarm_while_images_come_and_go():
    for seed in range(10):
        add(seed)
    stop, rounds = Event(), []

    def come_and_go():
        while not stop.is_set():
            image = ingest(io.BytesIO(make_image(seed=100 + len(rounds) % 3)), filename="a.jpg").image
            keys = [image.hash, *(rendition.storage_key for rendition in image.renditions.all())]
            trash(image)
            purge(image)
            for key in keys:
                remove_garbage(key)
            rounds.append(image)
        connection.close()

    people = Thread(target=come_and_go)
    people.start()
    try:
        findings = [f for _ in range(4) for f in verification.find_problems(count=10**6)]
    finally:
        stop.set()
        people.join()
    # Purged and not pruned yet is what an orphan is; nothing else may look wrong.
    assert {finding.problem for finding in findings} <= {None, "orphaned"}
    assert rounds
    call_command("verifystorage", stdout=io.StringIO())


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_upload_between_object_and_row_is_no_orphan(monkeypatch):
    stored, asked = Event(), Event()
    backend, lock = get_storage(), verification.key_lock
    put_now = backend.put

    def put_and_wait(*args):
        put_now(*args)
        stored.set()
        assert asked.wait(10)

    def ask(digest):
        asked.set()
        return lock(digest)

    monkeypatch.setattr(backend, "put", put_and_wait)
    monkeypatch.setattr(verification, "key_lock", ask)

    def upload() -> None:
        add(1)
        connection.close()

    person = Thread(target=upload)
    person.start()
    assert stored.wait(10)
    assert [finding.problem for finding in verification.find_problems(count=0)] == []
    person.join()
    assert Image.objects.count() == 1
