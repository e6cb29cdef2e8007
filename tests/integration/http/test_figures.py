"""What the rooms count: each thing that can happen moves its figure, and no other."""

import io
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import REGISTRY

from images.concurrency import locks, queries
from images.concurrency.postgresql import pool
from images.concurrency.postgresql.pool import NoneLeft, Pool
from images.errors import Busy, DigestMismatch, InvalidImage, UnsupportedFormat
from images.http.metrics import Everything
from images.iiif.requests import RenditionSpec
from images.imaging import child, process, sandbox
from images.ingest.pipeline import ingest
from images.renditions.drawing import draw
from images.renditions.prerendering import prepare_for_gallery
from images.tasks.figures import Queue
from images.tasks.queue import DEAD_LETTERS
from storage.breaker import Breaker
from storage.cache import VerifiedCache
from storage.errors import StorageUnavailable
from storage.local_backend import LocalStorageBackend
from tests.contracts.storage_backend import key_of, put
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def before() -> dict[str, float]:
    return figures()


@pytest.fixture
def moved(before):
    """Return by how much each figure of ours moved since the test began, those that were timed left out."""

    def moved() -> dict[str, float]:
        changes = {name: value - before.get(name, 0) for name, value in figures().items()}
        return {n: by for n, by in changes.items() if by and "database" not in n and "_seconds" not in n}

    return moved


def figures() -> dict[str, float]:
    return {
        " ".join([sample.name.removeprefix("imagelib_"), *sample.labels.values()]): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }


def change(before: dict[str, float], name: str) -> float:
    return figures().get(name, 0) - before.get(name, 0)


# --- The store --------------------------------------------------------------------------------------


@pytest.fixture
def origin(tmp_path):
    origin = LocalStorageBackend(tmp_path / "objects")
    origin.prepare()
    return origin


def test_a_cache_counts_what_it_has_and_has_not(origin, tmp_path, moved):
    cache = VerifiedCache(origin, tmp_path / "cache", max_bytes=10**6, threads=2)
    put(cache, b"twelve bytes")
    for _ in range(3):
        cache.get(key_of(b"twelve bytes"))
    counted = {"hits_total": 2, "misses_total": 1, "added_bytes_total": 12}
    assert moved() == {f"cache_{name}": by for name, by in counted.items()}


def test_a_cache_counts_what_makes_room(origin, tmp_path, before):
    cache = VerifiedCache(origin, tmp_path / "cache", max_bytes=1000, threads=2)
    for byte in range(3):
        put(cache, bytes([byte]) * 600)
        cache.get(key_of(bytes([byte]) * 600))
    assert change(before, "cache_evictions_total") >= 1
    assert (
        change(before, "cache_evicted_bytes_total")
        == change(before, "cache_evictions_total") * 600
        > change(before, "cache_added_bytes_total") - 1800
    )


def test_a_folder_that_is_gone_is_an_error_of_the_store(origin, tmp_path, moved):
    (tmp_path / "objects" / "tmp").rmdir()
    with pytest.raises(StorageUnavailable):
        origin.get(key_of(b"anything"))
    assert moved() == {"store_errors_total head": 1}


def test_a_breaker_tells_that_nobody_answers_and_how_often_that_began(before):
    breaker = Breaker("writes")
    breaker.failed("Refused.")
    breaker.failed("Refused.")
    assert (change(before, "store_away writes"), change(before, "store_outages_total writes")) == (1, 1)
    breaker.answered()
    assert (change(before, "store_away writes"), change(before, "store_outages_total writes")) == (0, 1)


def test_a_bucket_counts_what_it_is_asked_by_verb(seaweedfs, before):
    from storage.s3_backend import S3StorageBackend

    bucket = S3StorageBackend(**seaweedfs.options)
    put(bucket, b"an object")
    bucket.get(key_of(b"an object"))
    list(bucket.list())
    bucket.exists(key_of(b"an object"))
    bucket.delete(key_of(b"an object"))
    asked = {verb: change(before, f"store_request_seconds_count {verb}") for verb in ("put", "get", "head")}
    assert asked == {"put": 1, "get": 1, "head": 2}
    assert change(before, "store_request_seconds_count list") == 1
    assert change(before, "store_request_seconds_count delete") == 1
    assert not [name for name in figures() if name.startswith("store_errors") and change(before, name)]


def test_a_bucket_that_refuses_is_an_error(seaweedfs, before):
    from storage.s3_backend import S3StorageBackend

    bucket = S3StorageBackend(**seaweedfs.options | {"secret_key": "another"})
    with pytest.raises(StorageUnavailable):
        bucket.get(key_of(b"an object"))
    assert change(before, "store_errors_total get") == 1


# --- What comes in, and what is drawn ----------------------------------------------------------------


def test_uploads_are_counted_by_what_became_of_them(before, monkeypatch):
    ingest(io.BytesIO(make_image()), filename="a.png")
    ingest(io.BytesIO(make_image()), filename="a.png")
    for file, options, refusal in (
        (b"no image", {}, UnsupportedFormat),
        (make_image(seed=1), {"sha256": "0" * 64}, DigestMismatch),
    ):
        with pytest.raises(refusal):
            ingest(io.BytesIO(file), filename="a.png", **options)

    def away(*args: object) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr("images.catalogue.storing.get_storage", away)
    with pytest.raises(StorageUnavailable):
        ingest(io.BytesIO(make_image(seed=2)), filename="a.png")
    outcomes = {n: change(before, f"uploads_total {n}") for n in ("new", "known", "refused", "failed")}
    assert outcomes == {"new": 1, "known": 1, "refused": 2, "failed": 1}


def test_what_is_drawn_is_counted_and_no_child_stays_busy(before):
    image = add_image(make_image(size=(40, 30)))
    specs = [RenditionSpec.parse(f"full/{size}/0/default.webp").canonical(40, 30) for size in ("20,", "10,")]
    drawn = change(before, "renders_total")
    draw(image, specs, 10)
    assert change(before, "renders_total") - drawn == 2
    assert change(before, "sandbox_children_busy") == 0


def test_a_child_that_dies_is_counted(before, monkeypatch):
    monkeypatch.setattr(process, "MODULES", ["tests.resilience.sandbox_jobs"])
    from tests.resilience import sandbox_jobs

    pool = sandbox.Pool(1)
    with pytest.raises(InvalidImage):
        pool.run(sandbox_jobs.die, io.BytesIO(b""))
    assert change(before, "sandbox_children_killed_total") == 1
    assert change(before, "sandbox_children_busy") == 0
    pool.close()


def test_who_gets_no_child_is_counted_with_the_wait(before):
    pool = sandbox.Pool(0)
    with pytest.raises(Busy):
        pool.run(child.inspect, io.BytesIO(b""), timeout=0.05)
    assert change(before, "sandbox_refusals_total") == 1
    assert change(before, "sandbox_wait_seconds_total") >= 0.05


# --- Locks and the database --------------------------------------------------------------------------


def test_a_lock_that_is_not_had_in_time_is_counted_with_the_wait(before):
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with locks.render_lock("a name", 5):
            held.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    try:
        with pytest.raises(Busy), locks.render_lock("a name", 0.05):
            pass
    finally:
        done.set()
        holder.join()
    assert change(before, "lock_timeouts_total render-locks") == 1
    assert change(before, "lock_wait_seconds_total render-locks") >= 0.05


def test_a_pool_without_a_place_is_counted_with_the_wait(before, monkeypatch):
    monkeypatch.setattr(pool, "TIMEOUT", 0.02)
    one = Pool(1)
    one.enter()
    assert change(before, "database_connections_in_use") == 1
    with pytest.raises(NoneLeft):
        one.enter()
    one.leave()
    assert change(before, "database_connections_in_use") == 0
    assert change(before, "database_connection_timeouts_total") == 1
    assert change(before, "database_connection_wait_seconds_total") >= 0.02


def test_statements_are_counted_and_those_that_fail(before):
    with queries.counted():
        DBTaskResult.objects.exists()
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
    assert change(before, "database_queries_total") == 2
    assert change(before, "database_errors_total") == 1
    assert change(before, "database_seconds_total") > 0


def test_of_pages_statements_are_counted_and_of_bytes_not(client, before):
    image = add_image(make_image())
    client.get(f"/api/v1/images/{image.pk}/file")
    assert change(before, "database_queries_total") == 0
    client.get("/")
    assert change(before, "database_queries_total") > 0


# --- The queue ---------------------------------------------------------------------------------------


def queue() -> dict[str, float]:
    return {m.name.removeprefix("imagelib_queue_"): m.samples[0].value for m in Queue().collect()}


def test_an_empty_queue_has_no_age():
    assert queue() == {"tasks": 0, "given_up_tasks": 0, "oldest_seconds": 0}


@pytest.mark.usefixtures("queued")
def test_the_queue_is_told_with_the_age_of_what_waits_longest():
    for name in "abc":
        prepare_for_gallery.enqueue(name)
    now = timezone.now()
    tasks = DBTaskResult.objects.order_by("enqueued_at")
    waiting, failed, given_up = tasks
    tasks.filter(pk=waiting.pk).update(enqueued_at=now - timedelta(hours=2))
    tasks.filter(pk=failed.pk).update(run_after=now + timedelta(hours=1), started_at=now, finished_at=now)
    tasks.filter(pk=given_up.pk).update(queue_name=DEAD_LETTERS, status="FAILED")
    assert 7200 <= queue().pop("oldest_seconds") < 7260
    assert (queue()["tasks"], queue()["given_up_tasks"]) == (2, 1)
    tasks.filter(pk=failed.pk).update(run_after=now - timedelta(hours=3))
    assert 10800 <= queue().pop("oldest_seconds") < 10860


def test_while_the_database_is_away_all_but_the_queue_is_told(monkeypatch):
    def gone(*args: object, **options: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", gone)
    told = {metric.name for metric in Everything().collect()}
    assert {"imagelib_build_info", "imagelib_uploads"} <= told
    assert not [name for name in told if "queue" in name]
