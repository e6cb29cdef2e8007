"""The schedule: each job is run when it is due, by one worker at a time; its row says what became of it."""

import io
import logging
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import load_command_class
from django.db import OperationalError, connections
from django.utils import timezone

from images.models import ScheduledJob
from images.tasks import running, schedule
from images.tasks.running import Run, Schedule
from images.tasks.schedule import JOBS, command_of, jobs, take
from tests import BASE_DIR
from tests.servers.application import migrated
from tests.servers.machine import until

pytestmark = pytest.mark.django_db

Outcome = ScheduledJob.Outcome


def due(name: str, **fields) -> ScheduledJob:
    """Return the row of a job that is due, and of no other."""
    jobs().update(due_at=timezone.now() + timedelta(hours=1))
    jobs().filter(name=name).update(due_at=timezone.now() - timedelta(minutes=1), **fields)
    return ScheduledJob.objects.get(name=name)


@pytest.fixture
def commands(monkeypatch):
    """Have jobs run Python in place of a command: what the test says, by name."""
    said = {}

    def start(command, *descriptors, niceness, output):
        (text,) = said[command[2]]
        return real([command[0], "-c", text, *command[3:]], *descriptors, niceness=niceness, output=output)

    real = running.supervisor.start
    monkeypatch.setattr(running.supervisor, "start", start)
    return lambda name, text: said.update({JOBS[name].command[0]: (text,)})


def done(run: Run) -> ScheduledJob:
    until(run.is_over)
    return ScheduledJob.objects.get(name=run.row.name)


@pytest.mark.parametrize("name", JOBS)
def test_a_job_is_a_command_of_ours(name):
    for command in filter(None, (JOBS[name].command, JOBS[name].preview)):
        load_command_class("images", command[0]).create_parser("manage.py", command[0]).parse_args(
            command[1:]
        )


def test_what_deletes_is_off_and_all_else_on():
    assert {row.name for row in jobs() if not row.is_on} == {"trash", "prune"}
    assert all("--delete" not in command_of(row) for row in jobs())
    assert command_of(ScheduledJob(name="prune", is_on=True)) == ("prunestorage", "--delete")
    assert command_of(ScheduledJob(name="trash", is_on=False))[-1] == "--dry-run"


def test_a_new_library_has_an_hour_before_the_first():
    before = timezone.now()
    assert {row.due_at >= before + schedule.FIRST for row in jobs()} == {True}
    assert take("one") is None


def test_a_look_when_nothing_is_due_is_one_query(django_assert_num_queries):
    jobs()
    with django_assert_num_queries(1):
        assert take("one") is None


def test_the_rows_of_another_version_are_left_alone():
    ScheduledJob.objects.create(name="of-tomorrow", is_on=True, due_at=timezone.now())
    assert "of-tomorrow" not in [row.name for row in jobs()]
    assert take("one") is None


def test_the_job_that_is_due_for_longest_is_had_once():
    due("figures")
    jobs().filter(name="backup").update(due_at=timezone.now() - timedelta(hours=3))
    row = take("one")
    assert (row.name, row.worker) == ("backup", "one")
    assert take("two") is None  # while one is at work, the other waits
    until(Run.is_over.__get__(_ended(row)))
    assert take("two").name == "figures"


def _ended(row: ScheduledJob) -> Run:
    run = Run.__new__(Run)
    run.row, run._process = row, type("Ended", (), {"poll": lambda self: 0})()
    run._printed, run._facts = (lambda: "Stored."), io.BytesIO()
    return run


def test_one_that_is_off_and_says_nothing_is_not_run():
    due("verify", is_on=False)
    assert take("one") is None


@pytest.mark.parametrize(
    ("text", "outcome", "result"),
    [
        ("print('Counted: 3.')", Outcome.WELL, "Counted: 3."),
        ("print('missing: a'); import sys; sys.exit(1)", Outcome.PROBLEMS, "missing: a"),
        ("import sys; sys.exit('It cannot reach s3.example.')", Outcome.FAILED, "The log says why."),
        ("raise RuntimeError('a fault of ours')", Outcome.FAILED, "The log says why."),
        ("import os; print('It is away.', flush=True); os._exit(2)", Outcome.FAILED, "It is away."),
        ("import os; os.kill(os.getpid(), 9)", Outcome.FAILED, "It was ended by SIGKILL."),
        ("for n in range(1000): print(n)", Outcome.WELL, "\n".join(map(str, range(980, 1000)))),
        ("print('x' * 9000)", Outcome.WELL, "x" * 500),
    ],
)
def test_its_row_says_what_became_of_it(commands, text, outcome, result):
    commands("figures", text)
    due("figures")
    row = done(Run(take("one")))
    assert (row.outcome, row.result) == (outcome, result)
    assert row.ended_at >= row.begun_at
    assert row.lease_until is None
    assert row.due_at > timezone.now() + timedelta(hours=23)


FACTS = "open(sys.argv[sys.argv.index('--facts') + 1], 'w').write"


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (f"import sys; print('Three.'); {FACTS}('{{\"whole\": 3}}')", {"whole": 3}),
        (f"import sys; print('One.'); {FACTS}('{{\"whole\": 2}}'); sys.exit(1)", {"whole": 2}),
        ("print('Nothing.')", {"whole": 1}),
        (f"import sys; {FACTS}('{{\"who')", {"whole": 1}),
        (f"import sys; {FACTS}('7')", {"whole": 1}),
        (f"import sys; {FACTS}('{{\"whole\": \"' + 'x' * 100_000 + '\"}}')", {"whole": 1}),
    ],
    ids=["well", "problems", "none", "half", "a number", "too much"],
)
def test_its_row_keeps_the_facts_that_it_summed_up_last(commands, text, facts):
    commands("verify", text)
    due("verify", facts={"whole": 1})
    assert done(Run(take("one"))).facts == facts


def test_a_command_of_the_library_says_its_facts(monkeypatch, tmp_path):
    """In a process of its own, with a database of its own."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'db.sqlite3'}")
    monkeypatch.setenv("IMAGELIB_DATA_DIR", str(tmp_path))
    shutil.copyfile(migrated(), tmp_path / "db.sqlite3")
    due("figures")
    row = done(Run(take("one")))
    assert row.outcome == Outcome.WELL
    assert row.facts == {"images": 0, "trashed": 0, "bytes": 0, "indexed": 0, "corrected": 0, "dropped": 0}


def test_why_a_command_could_not_the_log_says(monkeypatch, capfd):
    """A command of the library, with a database that is not there."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/db.sqlite3")
    due("figures")
    row = done(Run(take("one")))
    assert (row.outcome, row.result) == (Outcome.FAILED, "The log says why.")
    assert "unable to open database file" in capfd.readouterr().err


def test_a_lease_is_renewed_while_it_is_at_work(commands):
    commands("figures", "import time; time.sleep(60)")
    due("figures")
    run = Run(take("one"))
    jobs().update(lease_until=timezone.now() + timedelta(seconds=1))
    assert not run.is_over()
    assert ScheduledJob.objects.get(name="figures").lease_until > timezone.now() + timedelta(minutes=5)
    run.stop()


def test_its_row_says_how_far_it_is_until_it_ends(commands):
    commands(
        "verify",
        f"""if True:
        import os, sys, time
        os.chdir({str(BASE_DIR)!r})
        sys.path.insert(0, "")
        from images.management import progress
        progress.IN_FILE = 0
        told = progress.Progress(sys.stderr, "Verified", 1000, int(sys.argv[-1]))
        for _ in told.track(range(20)): pass
        time.sleep(60)
    """,
    )
    due("verify")
    run = Run(take("one"))

    def said() -> str:
        assert not run.is_over()
        return ScheduledJob.objects.get(name="verify").progress

    assert until(said, 30).startswith("Verified 20 of 1,000 · ")
    run.stop()
    row = done(run)
    assert (row.progress, row.result) == ("", "It was ended by SIGTERM.")


def test_the_next_run_does_not_begin_with_how_far_the_last_one_was():
    due("verify", progress="Verified 20 of 1,000")
    assert take("one").progress == ScheduledJob.objects.get(name="verify").progress == ""


def test_another_has_it_when_its_worker_is_not_heard_of(commands):
    """Who comes back then ends what it has, and the row is the other's."""
    commands("figures", "import time; time.sleep(60)")
    due("figures")
    lost = Run(take("one"))
    assert take("two") is None
    jobs().update(lease_until=timezone.now())
    second = take("two")
    assert second.name == "figures"
    assert lost.is_over()
    assert lost._process.poll() is not None
    row = ScheduledJob.objects.get(name="figures")
    assert (row.worker, row.ended_at) == ("two", None)
    assert row.is_at_work()


def test_one_that_takes_its_worker_along_each_time_waits_for_its_next_day():
    """All others have their turn meanwhile."""
    jobs().update(due_at=timezone.now() - timedelta(minutes=1))
    jobs().filter(name="backup").update(due_at=timezone.now() - timedelta(minutes=2))
    had = []
    for number in range(8):
        row = take(f"worker {number}")
        had.append(row and row.name)
        jobs().update(lease_until=timezone.now() - timedelta(seconds=1))
    assert had[:4] == ["backup"] * schedule.ATTEMPTS + [None]
    assert "backup" not in had[4:]
    row = ScheduledJob.objects.get(name="backup")
    assert (row.outcome, row.result, row.attempts) == (Outcome.FAILED, schedule.LOST, 0)
    assert row.due_at > timezone.now() + timedelta(hours=23)


def test_one_that_cannot_be_begun_is_told_and_ends_no_worker(monkeypatch, caplog):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running.tempfile, "TemporaryFile", full)
    due("figures")
    with caplog.at_level(logging.ERROR, "images"):
        Schedule("one").look()
    row = ScheduledJob.objects.get(name="figures")
    assert (row.outcome, row.result, row.lease_until) == (Outcome.FAILED, "The log says why.", None)
    assert "could not be begun: [Errno 28] No space left on device" in caplog.text


def test_one_that_takes_too_long_is_ended(commands, monkeypatch):
    monkeypatch.setattr(running, "LONGEST", timedelta())
    commands("figures", "import time; time.sleep(60)")
    due("figures")
    row = done(Run(take("one")))
    assert (row.outcome, row.result) == (Outcome.FAILED, "It was ended by SIGTERM.")


def test_a_worker_that_is_stopped_gives_it_back(commands):
    commands("figures", "import time; time.sleep(60)")
    due("figures")
    beside = Schedule("one")
    beside.look()
    process = beside._run._process
    beside.stop()
    assert process.poll() is not None
    assert take("two").name == "figures"


def test_a_switch_while_it_is_at_work_has_it_run_again(commands):
    commands("prune", "print('Would delete: 1')")
    due("prune")
    run = Run(take("one"))
    schedule.switch("prune", True)
    row = done(run)
    assert row.is_on
    assert row.due_at <= timezone.now()


def test_what_does_not_go_well_is_in_the_log(commands, caplog):
    commands("verify", "print('1 found.'); import sys; sys.exit(1)")
    due("verify")
    with caplog.at_level(logging.ERROR, "images"):
        done(Run(take("one")))
    assert caplog.messages == ["the scheduled job verify: problems. 1 found."]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_workers_one_has_it():
    due("figures")
    together = threading.Barrier(8)

    def ask(number: int) -> ScheduledJob | None:
        together.wait(30)
        try:
            return take(f"worker {number}")
        except OperationalError:  # another decides
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        had = list(filter(None, pool.map(ask, range(8))))
    assert [row.worker for row in had] == [ScheduledJob.objects.get(name="figures").worker]
