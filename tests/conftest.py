"""Every test has a data folder of its own; none reads this machine's library or its bucket."""

import copy
import gc
import hashlib
import math
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from botocore import session
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

pytest.register_assert_rewrite("tests.contracts.storage_backend")

from imagelib.settings import TASKS  # noqa: E402
from images.concurrency import locks  # noqa: E402
from images.http import branding  # noqa: E402
from images.imaging import child, process  # noqa: E402
from images.imaging.process import Child  # noqa: E402
from images.models import Library  # noqa: E402
from storage import get_storage  # noqa: E402
from tests import BASE_DIR  # noqa: E402
from tests.contracts.storage_disclosure import secrets  # noqa: E402, F401
from tests.factories import make_user  # noqa: E402
from tests.kept_rows import keep_rows, put_rows_back  # noqa: E402
from tests.servers.earlier import earlier_code  # noqa: E402, F401 (a fixture for every module)
from tests.servers.seaweedfs import seaweedfs  # noqa: E402, F401 (likewise)
from tests.tasks import followed_by_tasks  # noqa: E402


def pytest_collection_modifyitems(items):
    """Mark tests by their folder. Modules add what no folder says; pyproject.toml lists the marks."""
    for item in items:
        folder = item.path.relative_to(BASE_DIR / "tests").parts[0]
        if folder == "browser":
            item.add_marker("browser")
        elif folder != "unit" and not item.get_closest_marker("any_database"):
            item.add_marker("database")


def pytest_collection(session):
    """Let nothing look for garbage while thousands of tests are made: that takes a fifth of the time."""
    gc.disable()


def pytest_collection_finish(session):
    gc.freeze()  # they stay until the end
    gc.set_threshold(50_000, 20, 50)  # seldom: a test leaves little behind
    gc.enable()


def pytest_terminal_summary(terminalreporter):
    """Print the figures that tests recorded (what a worker prints is not seen), and what was left out."""
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties:
            terminalreporter.write_line(f"{name}: {figures}")
    if terminalreporter.config.option.markexpr == "not drill":
        terminalreporter.write_line(
            "The drills (crowds, crashes, outages, long ways) were left out: make drills"
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let each test without a transaction leave the database as migrations made it: workers take modules as
    they are free, so any test may come next. SQLite copies pages back, and PostgreSQL the few rows there are:
    a flush takes twenty times as long.
    """
    with closing(sqlite3.connect(":memory:")) as migrated, pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            vars(connections[DEFAULT_DB_ALIAS]).pop("_test_serialized_contents", None)  # not before each test
            connection.ensure_connection()
            if connection.vendor == "sqlite":
                connection.connection.backup(migrated)
            else:
                keep_rows()

        def put_back(case: TransactionTestCase) -> None:
            connection.ensure_connection()
            if connection.vendor == "sqlite":
                migrated.backup(connection.connection, progress=done_at_once)
            else:
                put_rows_back()

        patch.setattr(TransactionTestCase, "_fixture_teardown", put_back)
        yield


def done_at_once(status: int, remaining: int, total: int) -> None:
    """Refuse to wait for ever where a test left a transaction open."""
    assert status == sqlite3.SQLITE_DONE, f"The database is still written to ({status})."


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """Let this process not wait until bytes are on the disk: no test cuts the power. Servers of their own do
    wait, and tests of what is synced when look at the calls.
    """

    def fsync(descriptor: int) -> None:
        pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        yield


@pytest.fixture(scope="session", autouse=True)
def descriptions_of_services():
    """Let botocore read its descriptions of services once, not for each of hundreds of clients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files():
    """Let WhiteNoise look for the static files once, not for each of thousands of clients: that took a fifth
    of the time of their tests.
    """
    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files_from_finders)
        yield


@pytest.fixture(scope="session", autouse=True)
def answers_of_children():
    """Let a child look at the same bytes for the same question once: tests bring the same few pictures into
    thousands of libraries. What is refused is asked anew, and so is what a test leaves next to no time for,
    and all in the tests of the children.
    """
    run, answers = Child.run, {}

    def run_once(self: Child, decode, descriptor: int, *args, timeout: float):
        if decode not in (child.inspect, child.render) or timeout < 1 or process.MODULES:
            return run(self, decode, descriptor, *args, timeout=timeout)
        content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        question = decode, hashlib.sha256(content).digest(), repr(args)
        if question not in answers:
            answers[question] = run(self, decode, descriptor, *args, timeout=timeout)
        return copy.deepcopy(answers[question])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Child, "run", run_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def tasks_after_locks():
    """Let tasks be done at once, but with no lock held: what draws takes one of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locks, "_locked", followed_by_tasks(locks._locked))
        yield


@pytest.fixture
def queued(settings):
    """Let tasks wait in the database for a worker, as they do in production."""
    settings.TASKS = TASKS


@pytest.fixture(scope="session")
def data_dirs(tmp_path_factory) -> Iterator[Path]:
    """Names for folders. A `tmp_path` for each test takes longer than most tests do."""
    return (tmp_path_factory.getbasetemp() / f"data{number}" for number in count())


@pytest.fixture(autouse=True)
def data_dir(settings, data_dirs):
    """An empty library on the local backend, whatever the environment configures."""
    settings.IMAGELIB_DATA_DIR = next(data_dirs)
    settings.IMAGELIB_STORAGE = "local"
    settings.IMAGELIB_DEFAULT_VISIBILITY = "public"
    settings.IMAGELIB_LOCATIONS = "ask"
    settings.SENDS_EMAIL = False
    settings.TASKS = {"default": {"BACKEND": "tests.tasks.AtOnce"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick on purpose
    get_storage.cache_clear()
    get_storage().prepare()
    yield settings.IMAGELIB_DATA_DIR
    get_storage.cache_clear()


@pytest.fixture(autouse=True)
def no_branding():
    """Nothing is set of the library, and no page asks what is, however long a test takes."""
    branding.keep(Library(), seconds=math.inf)


@pytest.fixture
def viewer(db):
    return make_user("viewer", "Viewers")


@pytest.fixture
def contributor(db):
    return make_user("contributor", "Contributors")


@pytest.fixture
def editor(db):
    return make_user("editor", "Editors")


@pytest.fixture
def stranger(db):
    """Signed in, in no group."""
    return make_user("stranger")
