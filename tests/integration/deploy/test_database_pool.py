"""Three servers of four processes, a worker beside each, on one PostgreSQL as it comes: 100 connections."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from tests.factories import make_image
from tests.resilience.robustness import multipart
from tests.resilience.watching import Watch, asking
from tests.servers.application import Application, running
from tests.servers.machine import until
from tests.servers.postgresql import temporary_postgresql

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

SERVERS, PROCESSES = 3, 4
ASKERS = 15  # for each server
FOR_ALL = 97  # connections of 100; PostgreSQL keeps three for superusers
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'pooled' AND pid <> pg_backend_pid()"


@pytest.fixture
def servers(tmp_path) -> Iterator[list[Application]]:
    with temporary_postgresql() as postgresql, ExitStack() as stack:
        environment = {"DATABASE_URL": postgresql.database("pooled"), "IMAGELIB_SECRET_KEY": "k" * 60}

        def application() -> Application:
            return Application(tmp_path / "data", WEB_CONCURRENCY=str(PROCESSES), **environment)

        servers = [stack.enter_context(running(application())) for _ in range(SERVERS)]
        for _ in servers:
            worker = application()
            worker.work()
            stack.callback(worker.stop)
        yield servers


def test_whatever_the_load_they_leave_room_for_commands(settings):
    of_requests = SERVERS * PROCESSES * (settings.IMAGELIB_DATABASE_POOL + 1)
    of_workers = SERVERS * 2  # each with a job of the schedule
    assert of_requests + of_workers + 1 < FOR_ALL


def test_they_leave_room_for_commands_and_make_nobody_wait_in_vain(servers, record_property):
    first = servers[0]
    token = first.manage("createtoken", "admin").stdout.split()[-1]
    person = {"Authorization": f"Token {token}"}
    uploads, counted, stop = [], [], threading.Event()

    def upload(server: Application, number: int) -> None:
        for seed in range(4):
            data = make_image("PNG", (300, 200), seed=100 * number + seed)
            form = person | {"Content-Type": "multipart/form-data; boundary=frontier"}
            status, _, body = server.request("POST", "/api/v1/images", multipart("one.png", data), form)
            uploads.append((status, body if status != 201 else b""))

    def count() -> None:
        with psycopg.connect(first.environment["DATABASE_URL"], autocommit=True) as session:
            while not stop.wait(0.05):
                counted.append(session.execute(CONNECTED).fetchone()[0])

    watches = [Watch(["/", "/albums", "/tags", "/search"], person if n % 2 else {}) for n in range(SERVERS)]
    uploaders = [
        threading.Thread(target=upload, args=[server, 10 * n + number])
        for n, server in enumerate(servers)
        for number in range(8)
    ]
    counter = threading.Thread(target=count)
    counter.start()
    begun = time.monotonic()
    with ExitStack() as load:
        for server, watch in zip(servers, watches, strict=True):
            load.enter_context(asking(server.port, watch, ASKERS))
        for uploader in uploaders:
            uploader.start()
        made = first.manage("createtoken", "admin")
        for uploader in uploaders:
            uploader.join()
        until(lambda: all(len(watch.answers) > 200 for watch in watches), 60)
    stop.set()
    counter.join()
    answers = sum((watch.between(begun) for watch in watches), start=watches[0].between(float("inf")))
    record_property(
        f"{SERVERS} servers of {PROCESSES} processes",
        f"{max(counted)} connections at most, {counted[-1]} when idle; pages {dict(answers)}",
    )

    assert made.returncode == 0, made.stderr
    undone = "from django_tasks_db.models import DBTaskResult; print(DBTaskResult.objects.count())"
    until(
        lambda: first.manage("shell", "-v0", "-c", undone).stdout.strip() == "0", 120
    )  # workers were at work
    refused = [body for status, body in uploads if status != 201]
    assert all(b'"code":"busy"' in body for body in refused)  # where the machine is slow
    assert len(refused) < len(uploads) / 2
    assert answers.keys() == {200}
    assert max(counted) < FOR_ALL
