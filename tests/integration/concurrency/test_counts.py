"""Counts over all threads and processes: each hit once, and no more of them than windows are open."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections

from images.concurrency import counts
from images.concurrency.counts import hit
from tests import BASE_DIR

HITS, THREADS, PROCESSES = 90, 30, 3

PROGRAM = f"""
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from images.concurrency.counts import hit
with ThreadPoolExecutor(10) as pool:
    print(*pool.map(lambda _: hit("somebody", 3600).hits, range({HITS // PROCESSES})))
"""


def kept() -> int:
    """Return how many counts are kept."""
    sql = "SELECT count(*) FROM imagelib_counts"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]
    (file,) = counts._files.values()
    return file.execute(sql).fetchone()[0]


@pytest.fixture
def at(monkeypatch):
    """Return the function that sets the clock to a number of seconds."""
    return lambda seconds: monkeypatch.setattr(counts.time, "time", lambda: 1e9 + seconds)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_hits_at_once_are_each_counted_once():
    def hit_and_close(_: int) -> int:
        try:
            return hit("somebody", 3600).hits
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        assert sorted(pool.map(hit_and_close, range(HITS))) == list(range(1, HITS + 1))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_processes_count_together_from_the_very_first_hit():
    server, _, _ = os.environ.get("DATABASE_URL", "").rpartition("/")
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "imagelib.settings",
        "DATABASE_URL": f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{server}/{name}",
        "IMAGELIB_DATA_DIR": str(settings.IMAGELIB_DATA_DIR),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(PROCESSES)
    ]
    counted = [int(word) for process in processes for word in process.communicate(timeout=60)[0].split()]
    assert sorted(counted) == list(range(1, HITS + 1))


@pytest.mark.django_db
def test_a_window_begins_with_its_first_hit_and_ends_as_a_whole(at):
    def said(seconds: float) -> tuple[int, float]:
        at(seconds)
        count = hit("somebody", 60)
        return count.hits, count.seconds_left

    assert [said(0), said(59), said(60), said(61)] == [(1, 60), (2, 1), (1, 60), (2, 59)]
    at(62)
    assert hit("somebody else", 60).hits == 1


@pytest.mark.django_db
def test_a_window_begun_by_a_clock_that_was_ahead_is_over(at):
    at(10**8)
    hit("somebody", 60)
    at(0)
    assert [hit("somebody", 60).hits for _ in range(2)] == [1, 2]


@pytest.mark.django_db
def test_a_window_is_shared_by_servers_whose_clocks_differ(at):
    hits = []
    for seconds in (30, 0, 31, 1):
        at(seconds)
        hits.append(hit("somebody", 60).hits)
    assert hits == [1, 2, 3, 4]


@pytest.mark.django_db
def test_each_window_that_begins_forgets_two_that_are_over(at):
    at(0)
    for number in range(20):
        hit(f"past {number}", 60)
    at(30)
    hit("present", 60)
    assert kept() == 21
    at(60)
    for number in range(20):
        hit(f"new {number}", 60)
        assert kept() <= 21
    assert kept() == 21
    assert hit("present", 60).hits == 2
