"""A worker whose container has too little memory: the kernel kills it, or the child that decodes for it. What
can be done is done, what cannot is given up and told, and nothing is lost.
"""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from images.tasks.queue import ATTEMPTS, LOST
from tests.factories import make_image
from tests.resilience.killed_workers import SPECS
from tests.resilience.memory_limits import MemoryLimit, memory_limit
from tests.resilience.robustness import LiveLibrary, live_library
from tests.servers.application import fresh_database
from tests.servers.machine import until

pytestmark = [pytest.mark.drill, pytest.mark.long]

MIB = 2**20
SECONDS = 120  # a deadline, not a wait

ENQUEUE = "from tests.servers.tasks import take_all_memory; take_all_memory.enqueue()"
ASK = """
import json
from django_tasks_db.models import DBTaskResult
from images.models import Image
from images.tasks.notices import notices
fields = ("task_path", "status", "queue_name", "traceback")
print(json.dumps({
    "drawn": [sorted(i.renditions.values_list("spec", flat=True)) for i in Image.objects.all()],
    "tasks": list(DBTaskResult.objects.values_list(*fields)),
    "notices": [notice.kind for notice in notices() if not notice.kind.startswith("disk")],
}))
"""


@pytest.fixture
def library(request, tmp_path, django_db_blocker) -> Iterator[LiveLibrary]:
    """A library without a worker, of these settings."""
    with (
        django_db_blocker.unblock(),
        fresh_database(tmp_path / "data") as database_url,
        live_library(
            tmp_path / "data",
            DATABASE_URL=database_url,
            DJANGO_SETTINGS_MODULE=request.param,
            TASK_NOTES=str(tmp_path / "notes"),
            WEB_CONCURRENCY="1",
        ) as library,
    ):
        yield library


class Container:
    """A worker within a limit of memory, and another whenever it has ended, as Docker's `restart` does."""

    def __init__(self, library: LiveLibrary, limit: MemoryLimit):
        self._application, self._limit = library.application, limit
        self._is_over = threading.Event()
        self.codes: list[int] = []
        self.process = self._start()
        self._thread = threading.Thread(target=self._restart)
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self.process.terminate()
        self._thread.join(SECONDS)

    def _restart(self) -> None:
        while not self._is_over.is_set():
            self.codes.append(self.process.wait())
            if not self._is_over.is_set():
                self.process = self._start()
        self.process.kill()
        self.process.wait()

    def _start(self) -> subprocess.Popen:
        with self._application.log_path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=self._application.code,
                env=self._application.environment,
                stderr=log,
                preexec_fn=self._limit.enter,
            )


@contextmanager
def container(library: LiveLibrary, size: int) -> Iterator[tuple[Container, MemoryLimit]]:
    with memory_limit(size) as limit:
        running = Container(library, limit)
        try:
            yield running, limit
        finally:
            running.stop()


def ask(library: LiveLibrary) -> dict:
    return json.loads(library.application.manage("shell", "-v0", "-c", ASK).stdout)


def waiting(library: LiveLibrary) -> list[list[str]]:
    """Return the tasks that are to be done; it takes the time that a command takes to start."""
    return [task for task in ask(library)["tasks"] if task[1] == "READY"]


def assert_nothing_is_lost(library: LiveLibrary) -> None:
    ended = library.application.manage("verifystorage", "--json")
    assert json.loads(ended.stdout.splitlines()[-1])["summary"]["problems"] == {}


@pytest.mark.parametrize("library", ["tests.servers.hasty_settings"], indirect=True)  # a task is had for 5 s
def test_a_task_that_takes_all_memory_is_given_up_and_the_others_are_done(library, record_property):
    library.application.manage("shell", "-v0", "-c", ENQUEUE).check_returncode()
    for seed in range(5):
        library.upload(f"{seed}.png", make_image("PNG", (700, 500), seed=seed))
    with container(library, 400 * MIB) as (running, limit):
        until(lambda: "task take_all_memory [] is given up" in library.application.log, SECONDS)
        assert limit.kills == ATTEMPTS
        assert running.codes == [-signal.SIGKILL] * ATTEMPTS
        until(lambda: not waiting(library), SECONDS)
    found = ask(library)
    assert found["tasks"] == [["tests.servers.tasks.take_all_memory", "FAILED", "dead-letters", LOST]]
    assert found["notices"] == ["given-up"]
    assert found["drawn"] == [sorted(SPECS)] * 5
    assert_nothing_is_lost(library)
    record_property("workers killed for their memory before a task was given up", str(ATTEMPTS))


@pytest.mark.parametrize("library", ["imagelib.settings"], indirect=True)
def test_a_child_that_takes_all_memory_ends_no_worker_and_its_image_is_drawn_once_there_is_enough(library):
    library.upload("large.png", make_image("PNG", (6500, 6500)))
    for seed in range(5):
        library.upload(f"{seed}.png", make_image("PNG", (700, 500), seed=seed))
    with container(library, 200 * MIB) as (running, limit):
        until(lambda: "failed, attempt 1 of 7" in library.application.log, SECONDS)
        until(lambda: len(waiting(library)) == 1, SECONDS)
        assert limit.kills > 0
        assert running.codes == []
        limit.allow(2048 * MIB)
        until(lambda: not waiting(library), SECONDS)
        assert running.codes == []
    found = ask(library)
    assert (found["tasks"], found["notices"]) == ([], [])
    assert [len(specs) for specs in found["drawn"]] == [len(SPECS)] * 6
    assert_nothing_is_lost(library)
