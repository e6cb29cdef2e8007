"""manage.py reinspectimages: images that an earlier version read are read anew, a while at a time."""

import os
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from images.catalogue.tags import set_tags
from images.catalogue.trash import purge, trash
from images.concurrency.locks import key_lock
from images.imaging import process, sandbox
from images.imaging.inspection import INSPECTION_VERSION
from images.imaging.sandbox import inspect_image
from images.maintenance import reinspection, verification
from images.maintenance.outdated import inspect_all_anew, outdated
from images.models import ASKED_FOR, Image, InspectionProblem
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.commands import run
from tests.factories import add_image, add_rows, make_image
from tests.files.located import photo
from tests.resilience.sandbox_jobs import die, fail

pytestmark = pytest.mark.django_db

Problem = InspectionProblem.Problem


def problems() -> dict:
    return dict(InspectionProblem.objects.values_list("image", "problem"))


def test_an_upload_is_up_to_date():
    image = add_image()
    image.refresh_from_db()
    assert image.inspection_version == INSPECTION_VERSION
    assert run("reinspectimages").lines == ["Inspected: 0. Brought up to date: 0. To be inspected: 0."]


def test_an_upgrade_that_tells_nothing_more_reads_nothing():
    add_image()
    Image.objects.update(inspection_version=None)
    assert run("reinspectimages").lines == ["Inspected: 0. Brought up to date: 0. To be inspected: 0."]


@pytest.mark.parametrize("version", [None, ASKED_FOR, 1])
def test_what_an_earlier_version_read_is_brought_up_to_date(version, monkeypatch):
    for module in ("outdated", "reinspection"):
        monkeypatch.setattr(f"images.maintenance.{module}.INSPECTION_VERSION", 2)
    images = [add_image(make_image(seed=seed)) for seed in range(3)]
    trash(images[2])
    before = timezone.now()
    Image.objects.update(width=9, inspection_version=version)
    result = run("reinspectimages", "--json")
    assert (result.code, result.objects) == (0, [])
    assert result.summary == {
        "inspected": 3,
        "updated": 3,
        "fields": {"width": 3},
        "left": 0,
        "problems": {},
    }
    rows = Image.objects.filter(width=64, inspection_version=2, verified_at__gt=before)
    assert rows.count() == 3


def test_what_a_later_version_read_is_left_to_it():
    add_image()
    Image.objects.update(width=9, inspection_version=INSPECTION_VERSION + 1)
    assert run("reinspectimages", "--json").summary["inspected"] == 0
    assert Image.objects.get().width == 9


def test_what_is_up_to_date_already_is_not_changed():
    add_image(photo())
    before = Image.objects.values("updated_at").get()
    Image.objects.update(inspection_version=ASKED_FOR)
    line = "Inspected: 1. Brought up to date: 0. To be inspected: 0."
    assert run("reinspectimages").lines == [line]
    assert Image.objects.values("updated_at").get() == before


def test_it_ends_in_time_and_the_next_run_goes_on(monkeypatch):
    for seed in range(3):
        add_image(make_image(seed=seed))
    Image.objects.update(inspection_version=ASKED_FOR)
    minutes = iter(range(0, 6_000, 60))
    monkeypatch.setattr("images.maintenance.outdated.monotonic", lambda: next(minutes))
    result = run("reinspectimages", "--longest", "3m")
    assert result.lines == ["Inspected: 2. Brought up to date: 0. To be inspected: 1."]
    assert result.code == 0
    assert run("reinspectimages").lines == ["Inspected: 1. Brought up to date: 0. To be inspected: 0."]


def poison(monkeypatch, poisoned: Image, job=die, *said) -> None:
    """Have the child that inspects this image die, or do another `job` with what is `said`."""

    def inspect(file, timeout):
        is_poison = file.seek(0, os.SEEK_END) == poisoned.size
        return (
            sandbox.pool.run(job, file, *said, timeout=timeout) if is_poison else inspect_image(file, timeout)
        )

    monkeypatch.setattr(process, "MODULES", ["tests.resilience.sandbox_jobs"])
    sandbox.pool.close()  # children that know it are begun
    monkeypatch.setattr(verification, "inspect_image", inspect)


def test_one_that_kills_its_child_is_told_and_stops_nobody(monkeypatch):
    images = [add_image(make_image(size=(64 + seed, 48), seed=seed)) for seed in range(4)]
    Image.objects.update(height=9, inspection_version=ASKED_FOR)
    poison(monkeypatch, images[1])
    result = run("reinspectimages")
    assert result.error == "1 found."
    assert result.lines == [
        f"undecodable: {images[1].hash} (image {images[1].pk})",
        "Inspected: 4. Brought up to date: 3 (height 3). To be inspected: 0. In the admin under Inspection "
        "problems: 1 undecodable.",
    ]
    assert result.code == 1
    assert problems() == {images[1].pk: Problem.UNDECODABLE}
    assert Image.objects.get(height=9).pk == images[1].pk
    assert Image.objects.get(height=9).inspection_version == INSPECTION_VERSION  # once is enough

    again = run("reinspectimages")
    assert again.code == 0
    assert again.lines[-1].endswith("In the admin under Inspection problems: 1 undecodable.")
    monkeypatch.undo()
    Image.objects.update(inspection_version=ASKED_FOR)
    assert run("reinspectimages").code == 0
    assert problems() == {}


@pytest.mark.parametrize("command", [("reinspectimages",), ("verifystorage",)])
def test_a_fault_of_the_inspection_in_one_stops_nobody(command, monkeypatch, caplog):
    images = [add_image(make_image(size=(64 + seed, 48), seed=seed)) for seed in range(4)]
    Image.objects.update(inspection_version=ASKED_FOR, verified_at=None)
    poison(monkeypatch, images[1], fail, "a field of bytes")  # as a new version may, of an old file
    result = run(*command)
    assert result.error == "1 found."
    assert f"undecodable: {images[1].hash} (image {images[1].pk})" in result.lines
    assert [image.pk for image in Image.objects.filter(verified_at=None)] == [images[1].pk]
    assert "a field of bytes" in caplog.text


def test_a_fault_in_writing_the_row_of_one_stops_nobody(monkeypatch, caplog):
    images = [add_image(make_image(seed=seed)) for seed in range(3)]
    Image.objects.update(height=9, inspection_version=ASKED_FOR)

    def write(image, *said):
        if image.pk == images[1].pk:
            raise ValidationError("It has too many tags.")
        return set_tags(image, *said)

    monkeypatch.setattr(reinspection, "set_tags", write)
    assert run("reinspectimages").error == "1 found."
    assert Image.objects.get(height=9).pk == images[1].pk
    assert problems() == {images[1].pk: Problem.UNDECODABLE}
    assert outdated() == 0
    assert "too many tags" in caplog.text


def test_what_is_missing_or_damaged_is_told():
    missing, damaged = add_image(make_image(seed=1)), add_image(make_image(seed=2))
    get_storage().delete(missing.storage_key)
    get_storage()._path(damaged.storage_key).write_bytes(b"x" * damaged.size)
    Image.objects.update(inspection_version=ASKED_FOR)
    assert run("reinspectimages").code == 1
    assert problems() == {missing.pk: Problem.MISSING, damaged.pk: Problem.DAMAGED}


def test_what_was_missing_and_is_sent_again_is_read_by_the_next_run():
    image = add_image(data := make_image(seed=1))
    get_storage().delete(image.storage_key)
    Image.objects.update(width=9, inspection_version=ASKED_FOR)
    run("reinspectimages")
    assert problems() == {image.pk: Problem.MISSING}
    assert outdated() == 0
    assert add_image(data).pk == image.pk
    assert run("reinspectimages").lines == [
        "Inspected: 1. Brought up to date: 1 (width 1). To be inspected: 0."
    ]
    assert problems() == {}


def test_one_sent_again_just_after_it_was_found_missing_is_read_too(monkeypatch):
    image = add_image(data := make_image(seed=1))
    get_storage().delete(image.storage_key)
    Image.objects.update(width=9, inspection_version=ASKED_FOR)

    @contextmanager
    def before_who_sends_it(digest):
        with key_lock(digest):
            yield
        add_image(data)

    monkeypatch.setattr(verification, "key_lock", before_who_sends_it)
    run("reinspectimages")
    assert (
        run("reinspectimages").lines[-1]
        == "Inspected: 1. Brought up to date: 1 (width 1). To be inspected: 0."
    )
    assert problems() == {}
    assert Image.objects.get().verified_at


@pytest.mark.parametrize(
    "decided", [{"visibility": "private"}, {"location_kept": True}, {"deleted_at": timezone.now()}]
)
def test_a_public_one_that_says_where_is_told_until_somebody_decides(decided):
    image = add_image(photo(), visibility="private")
    Image.objects.update(visibility="public", has_location=False, inspection_version=ASKED_FOR)
    result = run("reinspectimages")
    assert result.code == 1
    assert result.lines[-1].endswith("problems: 1 says where.")
    assert result.lines[0] == f"updated, says where: {image.hash} (image {image.pk}): has_location"
    assert problems() == {image.pk: Problem.SAYS_WHERE}
    Image.objects.update(**decided)
    assert run("reinspectimages").lines == ["Inspected: 0. Brought up to date: 0. To be inspected: 0."]


def test_a_store_that_is_away_ends_it_and_nothing_is_lost(monkeypatch):
    for seed in range(2):
        add_image(make_image(seed=seed))
    Image.objects.update(inspection_version=ASKED_FOR)

    def away(*arguments, **options):
        raise StorageUnavailable("It is away.")

    monkeypatch.setattr(verification, "look_at", away)
    assert run("reinspectimages").code == 2
    assert outdated() == 2
    assert problems() == {}


def test_one_purged_meanwhile_leaves_nothing(monkeypatch):
    image = add_image()
    Image.objects.update(inspection_version=ASKED_FOR)
    look = verification.look_at

    def purged_meanwhile(*arguments):
        seen = look(*arguments)
        trash(image)
        purge(image)
        return verification.Seen(verification.Problem.UNINSPECTED) if seen.facts else seen

    monkeypatch.setattr(verification, "look_at", purged_meanwhile)
    run("reinspectimages")
    assert not Image.objects.exists()
    assert problems() == {}


def test_to_reinspect_while_verifying_counts():
    add_image()
    Image.objects.update(inspection_version=ASKED_FOR)
    run("verifystorage")
    assert outdated() == 1
    run("verifystorage", "--reinspect")
    assert outdated() == 0


def test_all_are_asked_for_a_batch_at_a_time(monkeypatch):
    monkeypatch.setattr("images.maintenance.outdated.BATCH", 10)
    add_rows(25, inspection_version=INSPECTION_VERSION)
    inspect_all_anew.enqueue()
    assert outdated() == 25
