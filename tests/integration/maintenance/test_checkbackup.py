"""manage.py checkbackup: how old is the newest backup."""

import os
import time
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from images.maintenance.manifest import newest
from images.management.commands import checkbackup
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

DAY = 86_400


def grow_old(seconds: float) -> None:
    os.utime(get_storage()._path(newest()), (time.time() - seconds,) * 2)


def test_a_new_library_needs_none():
    assert run("checkbackup") == (0, ["There is no backup in the store."], "")


def test_a_library_with_images_needs_one():
    add_image(make_image())
    code, lines, error = run("checkbackup")
    assert (code, lines, error) == (1, ["There is no backup in the store."], "Run backuplibrary.")


@pytest.mark.parametrize(("days", "code"), [(0, 0), (1.9, 0), (2.1, 1)])
def test_one_of_two_days_is_too_old(days, code):
    add_image(make_image())
    run("backuplibrary")
    grow_old(days * DAY)
    found, lines, _ = run("checkbackup")
    assert found == code
    assert lines[0].startswith("The newest backup came 20")
    assert lines[0].endswith(f" UTC: {newest()}.")


def test_how_old_it_may_be_is_said():
    run("backuplibrary")
    grow_old(3600)
    assert run("checkbackup", "--younger-than", "30m")[0] == 1
    assert run("checkbackup", "--younger-than", "2h")[0] == 0


def test_when_it_came_and_whether_one_is_needed_is_told_to_programs():
    before = timezone.now()
    none = run("checkbackup", "--json").summary
    assert (none["came"], none["needed"]) == (None, False)
    assert before <= datetime.fromisoformat(none["looked"]) <= timezone.now()
    run("backuplibrary")
    add_image(make_image())
    found = run("checkbackup", "--json").summary
    assert abs(datetime.fromisoformat(found["came"]) - before) < timedelta(minutes=1)
    assert found["needed"]


def test_one_of_the_future_is_none():
    add_image(make_image())
    run("backuplibrary")
    grow_old(-7 * DAY)
    assert run("checkbackup")[1] == ["There is no backup in the store."]


def test_a_fault_of_ours_is_not_taken_for_a_problem_that_was_found(monkeypatch):
    def fail():
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(checkbackup, "newest_first", fail)
    assert run("checkbackup") == (2, [], "A fault of the program: RuntimeError. The log has more.")


def test_facts_that_cannot_be_written_are_said_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(checkbackup, "newest_first", pytest.fail)
    code, lines, error = run("checkbackup", "--facts", str(tmp_path / "nowhere" / "facts"))
    assert (code, lines) == (2, [])
    assert "No such file or directory" in error
