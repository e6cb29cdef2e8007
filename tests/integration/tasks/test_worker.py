"""`manage.py worker` as a process: how it ends."""

import signal
import subprocess
import sys

import pytest

from tests import BASE_DIR
from tests.servers.application import Application
from tests.servers.machine import until

pytestmark = pytest.mark.drill

ENQUEUE = "from tests.servers.tasks import {0}; {0}.enqueue()"
LEFT = "from django_tasks_db.models import DBTaskResult as T; print(T.objects.count())"


@pytest.fixture
def application(library):
    library.environment["DJANGO_SETTINGS_MODULE"] = "tests.servers.hasty_settings"
    library.manage("migrate").check_returncode()
    return library


@pytest.fixture
def worker(application):
    log = application.log_path.open("ab")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"], cwd=BASE_DIR, env=application.environment, stderr=log
    )
    yield process
    process.kill()
    process.wait()
    log.close()


def enqueue(application: Application, task: str) -> None:
    application.manage("shell", "-v0", "-c", ENQUEUE.format(task)).check_returncode()


def begun(application: Application) -> int:
    """How often a task was begun."""
    notes = application.log_path.with_name("notes")
    return len(notes.read_text().splitlines()) if notes.exists() else 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_for_the_task_at_hand_and_ends_the_worker(application, worker, stop):
    enqueue(application, "take_a_second")
    until(lambda: begun(application))
    worker.send_signal(stop)
    assert worker.wait(20) == 0
    assert application.manage("shell", "-v0", "-c", LEFT).stdout.split() == ["0"]
    assert "Traceback" not in application.log


def test_a_worker_that_hangs_ends_with_its_lease(application, worker):
    enqueue(application, "hang")
    assert worker.wait(30) == -signal.SIGALRM
    assert begun(application) == 1
    assert application.manage("shell", "-v0", "-c", LEFT).stdout.split() == ["1"]


NOW = """
from images.tasks.schedule import jobs, run_now
run_now(jobs().filter(name="figures"))
"""
TOLD = """
from images.models import ScheduledJob
row = ScheduledJob.objects.get(name="figures")
print(row.outcome, row.result)
"""


def test_a_job_that_is_due_is_run_and_says_what_became_of_it(application, worker):
    application.manage("shell", "-v0", "-c", NOW).check_returncode()
    told = until(lambda: application.manage("shell", "-v0", "-c", TOLD).stdout.strip(), 60)
    assert told.startswith("well Counted: 0 images, 0 in the trash, 0 bytes.")
    worker.terminate()
    assert worker.wait(20) == 0
    assert "Traceback" not in application.log
