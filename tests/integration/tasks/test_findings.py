"""What the schedule's jobs found last, as figures: kept with the job, told without a look at the store."""

import math
import os
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from images.maintenance.manifest import newest
from images.models import Image, ScheduledJob
from images.tasks.figures import Findings
from images.tasks.running import Run
from images.tasks.schedule import command_of, jobs, take
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.servers.machine import until

pytestmark = pytest.mark.django_db

DAY = 86_400


def told() -> dict[str, float]:
    return {
        sample.name.removeprefix("imagelib_"): sample.value
        for metric in Findings().collect()
        for sample in metric.samples
        if sample.name != "imagelib_store_refuses"  # which no job looks for
    }


@pytest.fixture
def ran(tmp_path):
    """Return the function that runs the command of a job here, as its process would, and keeps its facts."""
    facts = tmp_path / "facts"

    def ran(name: str) -> None:
        jobs().update(due_at=timezone.now() + timedelta(hours=1))
        jobs().filter(name=name).update(due_at=timezone.now() - timedelta(minutes=1))
        row = take("one")
        code = run(*command_of(row), "--facts", str(facts)).code
        job = Run.__new__(Run)
        job.row, job._process = row, type("Ended", (), {"poll": lambda self: code})()
        job._printed, job._facts = lambda: "Done.", facts.open("rb")
        with job._facts:
            assert job.is_over()

    return ran


def grow_old(seconds: float) -> None:
    os.utime(get_storage()._path(newest()), (time.time() - seconds,) * 2)


def test_before_a_job_has_run_nothing_is_told():
    jobs().count()
    assert told() == {}


def test_a_backup_is_as_old_as_the_store_says_and_grows_older(ran):
    add_image(make_image())
    run("backuplibrary")
    grow_old(3 * DAY)
    ran("backup-age")
    assert 3 * DAY <= told()["backup_age_seconds"] < 3 * DAY + 60
    before = told()["backup_age_seconds"]
    until(lambda: told()["backup_age_seconds"] > before)


def test_a_backup_of_the_schedule_is_new_at_once(ran):
    add_image(make_image())
    run("backuplibrary")
    grow_old(3 * DAY)
    ran("backup-age")
    ran("backup")
    assert told()["backup_age_seconds"] < 60


def test_what_was_looked_at_last_counts(ran):
    """A backup that was there and is gone is none."""
    add_image(make_image())
    ran("backup")
    get_storage().delete(newest())
    ran("backup-age")
    assert told() == {"backup_age_seconds": math.inf}


def test_a_library_without_images_needs_no_backup(ran):
    ran("backup-age")
    assert told() == {}


def test_damage_is_counted_as_the_last_verification_found_it(ran):
    for seed in range(2):
        add_image(make_image(seed=seed))
    ran("verify")
    assert told() == {"damaged_objects": 0}
    Image.objects.update(verified_at=None)
    for image in Image.objects.all():
        get_storage().delete(image.storage_key)
    ran("verify")
    assert told() == {"damaged_objects": 2}


def test_one_that_could_not_be_done_leaves_what_was_found_before(ran, monkeypatch):
    ran("verify")
    monkeypatch.setattr(get_storage(), "list", lambda prefix: iter(1 / 0 for _ in "x"))
    ran("verify")
    assert ScheduledJob.objects.get(name="verify").outcome == "failed"
    assert told() == {"damaged_objects": 0}


@pytest.mark.parametrize("name", ["verify", "backup-age"])
def test_of_a_job_that_is_off_nothing_is_told(ran, name):
    add_image(make_image())
    ran(name)
    assert told() != {}
    jobs().filter(name=name).update(is_on=False)
    assert told() == {}


def test_facts_of_another_version_are_left_out():
    jobs().filter(name="verify").update(facts={"whole": 3})
    jobs().filter(name="backup").update(facts={"key": "of old"})
    jobs().filter(name="backup-age").update(facts=["of", "tomorrow"])
    assert told() == {}


def test_it_costs_two_queries(django_assert_num_queries):
    jobs().count()
    with django_assert_num_queries(2):
        told()
