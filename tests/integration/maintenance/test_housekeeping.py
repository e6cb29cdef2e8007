"""What every server does by itself: its cache forgets what no row refers to."""

import logging
import os
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection

from images.catalogue.trash import purge, trash
from images.maintenance import housekeeping
from images.models import Image, Rendition
from tests.factories import add_image, make_image
from tests.resilience.robustness import live_library
from tests.servers.application import fresh_database
from tests.servers.machine import until

SPEC = "full/320,240/0/default.webp"


def files_below(folder: Path) -> set[str]:
    """Return the names of the files of a cache: digests."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


# --- Two servers -----------------------------------------------------------------------------------


@pytest.mark.drill
def test_what_is_purged_on_one_server_is_forgotten_by_all(tmp_path, seaweedfs, django_db_blocker):
    """Without anyone doing anything there. What is in the trash has a row still, and may come back."""

    @contextmanager
    def server(name: str):
        with live_library(
            tmp_path / name,
            DATABASE_URL=database_url,
            DJANGO_SETTINGS_MODULE="tests.servers.hasty_settings",
            WEB_CONCURRENCY="1",
            IMAGELIB_STORAGE="s3",
            IMAGELIB_S3_BUCKET_NAME="housekeeping",
            IMAGELIB_S3_ENDPOINT_URL=seaweedfs.endpoint_url,
            AWS_ACCESS_KEY_ID=seaweedfs.access_key,
            AWS_SECRET_ACCESS_KEY=seaweedfs.secret_key,
        ) as library:
            yield library

    def keeps_house(name: str, times: int) -> None:
        """Wait until the server has done it so often from here on."""
        note = tmp_path / name / "housekeeping"
        for _ in range(times):
            last = note.stat().st_mtime_ns
            until(lambda last=last: note.stat().st_mtime_ns != last)

    with (
        django_db_blocker.unblock(),
        fresh_database(tmp_path) as database_url,
        server("here") as here,
        server("there") as there,
    ):
        images = [here.upload(f"{seed}.jpg", make_image(size=(640, 480), seed=seed)) for seed in range(2)]
        for library in (here, there):
            for image in images:
                for path in (f"/api/v1/images/{image['id']}/file", f"/iiif/3/{image['id']}/{SPEC}"):
                    assert library.application.request("GET", path)[0] == 200
        caches = [tmp_path / name / "cache" for name in ("here", "there")]
        shown = [files_below(cache) for cache in caches]
        assert shown[1] >= {image["hash"] for image in images}
        assert len(shown[1]) == 4

        gone, stays = images
        admin = {
            "Authorization": f"Token {here.application.manage('createtoken', 'admin').stdout.split()[-1]}"
        }
        status, _, _ = here.application.request("DELETE", f"/api/v1/images/{gone['id']}", headers=admin)
        assert status == 204
        keeps_house("there", times=3)
        assert [files_below(cache) for cache in caches] == shown

        assert here.application.manage("emptytrash", "--older-than", "0s").returncode == 0
        for cache in caches:
            until(lambda cache=cache: len(files_below(cache)) == 2)
            assert gone["hash"] not in files_below(cache)
            assert stays["hash"] in files_below(cache)
        for library in (here, there):
            assert library.application.request("GET", f"/api/v1/images/{stays['id']}/file")[0] == 200
            assert library.faults_of_workers() == []


# --- One process -----------------------------------------------------------------------------------


def digests_of_rows() -> set[str]:
    return {row.hash for model in (Image, Rendition) for row in model.objects.all()}


class Copies:
    """Stands for a store of which this machine keeps `digests`."""

    def __init__(self, digests: set[str]):
        self.digests = digests

    def forget_copies(self, wanted, before) -> int:
        forgotten = self.digests - wanted(sorted(self.digests))
        self.digests -= forgotten
        return len(forgotten)


@pytest.fixture
def copies(monkeypatch):
    def keep(digests: set[str]) -> Copies:
        kept = Copies(digests)
        monkeypatch.setattr(housekeeping, "get_storage", lambda: kept)
        return kept

    return keep


@pytest.mark.django_db
def test_what_rows_refer_to_is_wanted_the_trash_too(copies):
    shown, trashed, purged = (add_image(make_image(size=(640, 480), seed=seed)) for seed in range(3))
    everything = digests_of_rows()
    kept = copies(everything | {"f" * 64})
    trash(trashed)
    trash(purged)
    purge(purged)
    rows = digests_of_rows()
    assert {shown.hash, trashed.hash} < rows < everything
    assert housekeeping.forget_what_is_gone() == len(everything | {"f" * 64}) - len(rows)
    assert kept.digests == rows


@pytest.mark.django_db
def test_a_database_that_does_not_answer_costs_no_copy(copies):
    kept = copies({"f" * 64})

    def away(*args):
        raise OperationalError("the database is away")

    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        housekeeping.forget_what_is_gone()
    assert kept.digests == {"f" * 64}


@pytest.mark.django_db
def test_five_hundred_digests_are_two_questions_that_an_index_answers(django_assert_num_queries):
    digests = [f"{number:064x}" for number in range(500)]
    with django_assert_num_queries(2):
        assert housekeeping.wanted_digests(digests) == set()
    if connection.vendor == "postgresql":  # which reads all of a small table sooner
        connection.cursor().execute("SET LOCAL enable_seqscan = off")
    for model in (Image, Rendition):
        plan = model.objects.filter(hash__in=digests).values_list("hash").explain()
        assert "index" in plan.lower(), plan


def test_one_process_of_a_data_folder_does_it_in_a_period(settings, data_dir):
    assert [housekeeping.is_due() for _ in range(3)] == [True, False, False]
    note, period = data_dir / "housekeeping", settings.IMAGELIB_HOUSEKEEPING_SECONDS
    for seconds, is_due in ((period - 5, False), (period + 5, True), (-3600, True)):  # a clock was set back
        os.utime(note, (time.time() - seconds,) * 2)
        assert housekeeping.is_due() is is_due


class Stop(BaseException):
    pass


def test_what_fails_is_logged_and_tried_again_and_no_connection_is_kept(monkeypatch, settings, caplog):
    settings.IMAGELIB_HOUSEKEEPING_SECONDS = 7
    tried, slept, closed = [], [], []

    def fails() -> int:
        tried.append(1)
        raise OperationalError("the database is away")

    def sleeps(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise Stop

    monkeypatch.setattr(housekeeping, "is_due", lambda: True)
    monkeypatch.setattr(housekeeping, "connections", SimpleNamespace(close_all=lambda: closed.append(1)))
    monkeypatch.setattr(housekeeping, "write_visits", lambda: None)
    monkeypatch.setattr(housekeeping, "forget_what_is_gone", fails)
    monkeypatch.setattr(housekeeping.time, "sleep", sleeps)
    with caplog.at_level(logging.ERROR), pytest.raises(Stop):
        housekeeping._keep_house(lambda: None)
    assert (len(tried), slept, len(closed)) == (2, [7, 7], 2)
    assert "housekeeping failed" in caplog.text


def test_once_in_a_period_a_server_tells_what_is_amiss(monkeypatch):
    told = []

    def stop(seconds: float) -> None:
        raise Stop

    monkeypatch.setattr(housekeeping.time, "sleep", stop)
    for _ in range(2):
        with pytest.raises(Stop):
            housekeeping._keep_house(lambda: told.append(1))
    assert told == [1]
