"""What does not fit around a server is said when it starts, and by `check --deploy --database default`."""

import logging
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from images.maintenance import surroundings
from images.models import LastKey
from storage.errors import StorageUnavailable
from tests.servers.application import Application, fresh_database
from tests.servers.machine import until

OURS = {f"imagelib.W00{number}" for number in range(5, 9)}

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def quick_digests(monkeypatch):
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1)


@pytest.fixture
def started(caplog):
    """Return a function that starts a server, and returns what its log says."""

    def started() -> list[str]:
        caplog.clear()
        with caplog.at_level(logging.WARNING, "imagelib"):
            surroundings._say()
        return [record.getMessage() for record in caplog.records if record.name == "imagelib"]

    return started


def checked() -> dict[str, str]:
    """Return what the check says, by id."""
    found = run_checks(include_deployment_checks=True, databases=["default"])
    return {
        message.id: message.msg
        for message in found
        if message.id in {f"imagelib.W00{n}" for n in range(5, 9)}
    }


def store_at(monkeypatch, told: datetime | Exception | None) -> None:
    """Let the store's clock tell this."""

    def clock() -> datetime | None:
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(surroundings, "get_storage", lambda: SimpleNamespace(clock=clock))


def test_nothing_is_said_where_all_fits(started):
    assert started() == started() == []
    assert checked() == {}


def test_no_other_command_asks():
    assert not [message for message in run_checks() if message.id == "imagelib.W007"]


# --- The secret key --------------------------------------------------------------------------------


def test_another_secret_key_is_said_once_for_each_change(started, settings):
    ours, theirs = settings.SECRET_KEY, "another" * 8
    assert started() == []
    settings.SECRET_KEY = theirs
    for _ in range(2):  # a check does not make it known
        assert "another secret key" in checked()["imagelib.W006"]
    (said,) = started()
    assert "sessions and links of one server are not those of the other" in said
    assert "IMAGELIB_SECRET_KEY" in said
    assert "If you changed it on purpose, this is said once." in said
    assert started() == []
    settings.SECRET_KEY = ours
    assert len(started()) == 1


def test_the_database_has_neither_the_key_nor_what_is_known_of_it_elsewhere(started, settings):
    started()
    first = LastKey.objects.get().digest
    LastKey.objects.all().delete()
    started()
    second = LastKey.objects.get().digest
    assert first != second
    assert settings.SECRET_KEY not in first + second
    assert first.startswith("pbkdf2_sha256$")


# --- Clocks ----------------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's clock is this machine's")
@pytest.mark.parametrize(("seconds", "side"), [(60, "ahead of"), (-60, "behind")])
def test_a_clock_that_is_not_postgresqls_is_said(started, monkeypatch, seconds, side):
    started()
    now = time.time
    monkeypatch.setattr(surroundings, "time", SimpleNamespace(time=lambda: now() + seconds))
    expected = f"The clock of this machine is 60 seconds {side} PostgreSQL's."
    assert checked() == {"imagelib.W005": expected}
    (said,) = started()
    assert said.startswith(expected)
    assert "NTP" in said


@pytest.mark.parametrize(("seconds", "side"), [(-30, "ahead of"), (30, "behind")])
def test_a_clock_that_is_not_the_stores_is_said(monkeypatch, started, seconds, side):
    store_at(monkeypatch, datetime.now(UTC) + timedelta(seconds=seconds))
    (said,) = started()
    assert f"seconds {side} the store's." in said


@pytest.mark.parametrize("seconds", [-4, 0, 4])
def test_clocks_may_differ_by_a_little(monkeypatch, started, seconds):
    store_at(monkeypatch, datetime.now(UTC) + timedelta(seconds=seconds))
    assert started() == []


@pytest.mark.parametrize("took", [1, 600])
def test_an_answer_that_takes_its_time_says_nothing_of_the_clock(monkeypatch, took):
    times = iter([1000.0, 1000.0 + took])
    monkeypatch.setattr(surroundings, "time", SimpleNamespace(time=lambda: next(times)))
    assert surroundings._seconds_ahead(lambda: datetime.fromtimestamp(1000 + took / 2, UTC)) == 0


@pytest.mark.parametrize("told", [None, StorageUnavailable("The store cannot be used now.")])
def test_a_store_that_tells_no_time_is_none_to_warn_of(monkeypatch, started, told):
    store_at(monkeypatch, told)
    assert started() == []


# --- Tables ----------------------------------------------------------------------------------------


@pytest.fixture
def recorder():
    """What is recorded as migrated. No test's rows are taken back there but on SQLite."""
    recorder = MigrationRecorder(connection)
    before = set(recorder.applied_migrations())
    yield recorder
    after = set(recorder.applied_migrations())
    for node in after - before:
        recorder.record_unapplied(*node)
    for node in before - after:
        recorder.record_applied(*node)


def test_a_database_that_lacks_migrations_is_said_by_their_names(started, recorder):
    newest = max(name for app, name in recorder.applied_migrations() if app == "images")
    recorder.record_unapplied("images", newest)
    assert newest in checked()["imagelib.W007"]
    (said,) = started()
    assert said == (
        f"The database is not migrated to this version: it lacks images.{newest}. Run `manage.py migrate`."
    )


def test_a_database_that_is_ahead_is_said_by_the_names(started, recorder):
    recorder.record_applied("images", "9999_of_tomorrow")
    recorder.record_applied("former", "0001_initial")  # of an app that was there once
    assert "does not know images.9999_of_tomorrow." in checked()["imagelib.W008"]
    (said,) = started()
    assert "later version" in said


def test_of_many_migrations_three_are_named():
    names = [f"images.000{number}" for number in range(5)]
    (found,) = surroundings._said_of_migrations(names, [])
    assert "it lacks images.0000, images.0001, images.0002 and 2 more." in found.msg


# --- A server --------------------------------------------------------------------------------------


def test_a_database_that_is_away_stops_nothing(monkeypatch, started):
    def away() -> None:
        raise OperationalError("connection failed\nand more")

    monkeypatch.setattr(surroundings, "misfits", away)
    assert started() == ["The database could not be looked at: connection failed"]


def test_a_server_that_could_not_ask_when_it_started_asks_until_it_has_an_answer(monkeypatch, caplog):
    answers = [OperationalError("failed\nand more"), OperationalError("failed again"), "No lock holds."]
    ended: list[str] = []

    def refusal() -> str:
        if isinstance(answer := answers.pop(0), Exception):
            raise answer
        return answer

    monkeypatch.setattr(surroundings, "AGAIN_SECONDS", 0)
    monkeypatch.setattr(surroundings, "refusal", refusal)
    monkeypatch.setattr(surroundings, "misfits", lambda: ended.append("was looked at") or [])
    surroundings._look(ended.append)
    assert ended == ["No lock holds."]
    said = [record.getMessage() for record in caplog.records if record.name == "imagelib"]
    assert said == ["The database could not be looked at: failed"]
    answers[:] = [""]
    surroundings._look(ended.append)
    assert ended == ["No lock holds.", "was looked at"]
    surroundings._look(None)
    assert ended == ["No lock holds.", "was looked at", "was looked at"]


@pytest.mark.drill
def test_a_second_server_with_another_key_says_so_in_its_log(tmp_path, django_db_blocker):
    """By one of its processes, whoever starts it."""
    with django_db_blocker.unblock(), fresh_database(tmp_path / "one") as database:
        for each in ("one", "other"):
            (tmp_path / each).mkdir()
        first = Application(tmp_path / "one", DATABASE_URL=database, IMAGELIB_SECRET_KEY="a" * 50)
        other = Application(tmp_path / "other", DATABASE_URL=database, IMAGELIB_SECRET_KEY="b" * 50)

        def known() -> str:
            asked = "from images.models import LastKey; print(*LastKey.objects.values_list('digest'))"
            return first.manage("shell", "-v0", "-c", asked).stdout.strip()

        assert first.manage("check", "--deploy", "--database", "default").stderr.count("(imagelib.W007)") == 1
        first.start()
        try:
            until(known)
            other.serve()
            other.wait()
            until(lambda: "another secret key" in other.log)
            other.stop()
        finally:
            first.stop()
    assert "secret key" not in first.log
    assert other.log.count("another secret key") == 1
    assert "Traceback" not in first.log + other.log
