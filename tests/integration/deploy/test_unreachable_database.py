"""Commands that get no connection to the database: a sentence, and no trace."""

import pytest
from django.db import connection

from tests.servers.application import Application, fresh_database
from tests.servers.machine import free_ports

pytestmark = pytest.mark.drill  # a process a command

COMMANDS = [("createtoken", "admin"), ("migrate",), ("emptytrash",)]


@pytest.fixture
def manage(tmp_path):
    def manage(url: str, *arguments: str) -> tuple[int, str]:
        """Run a command with the database at `url`; return its exit code and the lines it complains in."""
        done = Application(tmp_path / "library", DATABASE_URL=url).manage(*arguments)
        return done.returncode, done.stderr.strip()

    return manage


@pytest.mark.any_database
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_is_away_is_said_in_a_sentence(manage, command):
    (port,) = free_ports(1)
    code, said = manage(f"postgres://someone:database-secret@127.0.0.1:{port}/images", *command)
    assert code == (2 if command == ("emptytrash",) else 1)
    assert_sentence(said, "refused")
    assert "database-secret" not in said


@pytest.mark.any_database
def test_a_database_without_tables_is_said_in_a_sentence(manage, tmp_path):
    code, said = manage(f"sqlite:///{tmp_path / 'new.sqlite3'}", "createtoken", "admin")
    assert code == 1
    assert_sentence(said, "no such table: auth_user")


@pytest.mark.any_database
def test_who_asks_for_the_trace_gets_it(manage, tmp_path):
    code, said = manage(f"sqlite:///{tmp_path / 'new.sqlite3'}", "createtoken", "admin", "--traceback")
    assert code == 1
    assert "Traceback" in said


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connections to run out of")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_postgresql_without_a_connection_left_is_said_in_a_sentence(
    manage, tmp_path, django_db_blocker, command
):
    with django_db_blocker.unblock(), fresh_database(tmp_path) as url, connection._nodb_cursor() as cursor:
        name = url.rpartition("/")[2]
        cursor.execute("CREATE ROLE one_of_many LOGIN")
        try:
            cursor.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
            code, said = manage(url.replace("//postgres", "//one_of_many"), *command)
        finally:
            cursor.execute("DROP ROLE one_of_many")
    assert code == (2 if command == ("emptytrash",) else 1)
    assert_sentence(said, "too many connections")


def assert_sentence(said: str, reason: str) -> None:
    """It is one line that names the reason, and the variable unless a command says it in its own words."""
    assert said.count("\n") == 0, said
    assert reason in said
    assert "DATABASE_URL" in said or said.startswith("Unfinished: ")
