"""Every test has a data folder of its own; none reads this machine's library or its bucket."""

from functools import cache

import pytest
from botocore import session
from django.db import connection
from django.test import TransactionTestCase

pytest.register_assert_rewrite("tests.contracts.storage_backend")

from storage import get_storage  # noqa: E402
from tests import BASE_DIR  # noqa: E402
from tests.contracts.storage_disclosure import secrets  # noqa: E402, F401
from tests.factories import make_user  # noqa: E402
from tests.servers.seaweedfs import seaweedfs  # noqa: E402, F401 (a fixture for every module)


def pytest_collection_modifyitems(items):
    """Mark tests by their folder. Modules add what no folder says; pyproject.toml lists the marks."""
    for item in items:
        folder = item.path.relative_to(BASE_DIR / "tests").parts[0]
        if folder == "browser":
            item.add_marker("browser")
        elif folder != "unit" and not item.get_closest_marker("any_database"):
            item.add_marker("database")


def pytest_terminal_summary(terminalreporter):
    """Print the figures that tests recorded: of what a worker prints, nothing is seen."""
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties:
            terminalreporter.write_line(f"{name}: {figures}")


@pytest.fixture(scope="session", autouse=True)
def rows_of_migrations():
    """Put back what migrations wrote, the groups, after a test without a transaction has emptied all tables:
    workers take modules as they are free, so any test may come next.
    """
    empty = TransactionTestCase._fixture_teardown

    def empty_and_put_back(case: TransactionTestCase) -> None:
        empty(case)
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
        if connection.vendor == "postgresql":  # no model's, so it was not emptied
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE imagelib_counts")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_and_put_back)
        yield


@pytest.fixture(scope="session", autouse=True)
def descriptions_of_services():
    """Let botocore read its descriptions of services once, not for each of hundreds of clients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    """An empty library on the local backend, whatever the environment configures."""
    settings.IMAGELIB_DATA_DIR = tmp_path / "data"
    settings.IMAGELIB_STORAGE = "local"
    settings.IMAGELIB_DEFAULT_VISIBILITY = "public"
    settings.IMAGELIB_LOCATIONS = "ask"
    settings.IMAGELIB_LOCATIONS = "ask"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick on purpose
    get_storage.cache_clear()
    get_storage().prepare()
    yield settings.IMAGELIB_DATA_DIR
    get_storage.cache_clear()


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
