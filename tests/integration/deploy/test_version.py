"""The version: pyproject.toml alone says it, and everything that shows it shows that one."""

import sqlite3
import tomllib

import pytest
from django.conf import settings
from django.db import connection

from tests import BASE_DIR
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import free_ports

VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture
def application(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        yield Application(tmp_path / "library", DATABASE_URL=database_url)


def test_settings_have_it_from_the_project():
    assert settings.IMAGELIB_VERSION == VERSION


def test_the_command_says_what_runs_and_not_where(application):
    application.environment |= {"IMAGELIB_STORAGE": "s3", "IMAGELIB_S3_BUCKET_NAME": "private-bucket"}
    done = application.manage("version")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"imagelib {VERSION}"
    assert [line.split()[0] for line in lines[1:4]] == ["Django", "Python", "Pillow"]
    if connection.vendor == "sqlite":
        assert lines[4] == f"SQLite {sqlite3.sqlite_version}"
    else:
        major, minor = divmod(connection.pg_version, 10_000)
        assert lines[4] == f"PostgreSQL {major}.{minor}"
    assert lines[5:] == ["storage: s3"]


def test_the_command_needs_no_database(application):
    (port,) = free_ports(1)
    application.environment["DATABASE_URL"] = f"postgres://someone:database-secret@127.0.0.1:{port}/images"
    done = application.manage("version")
    assert (done.returncode, done.stderr) == (0, "")
    assert "PostgreSQL, which cannot be reached" in done.stdout.splitlines()
    assert "127.0.0.1" not in done.stdout


def test_the_log_says_it_when_the_server_starts(application):
    with running(application):
        said, ready = (line for line in application.log.splitlines() if VERSION in line)
    assert said.startswith(f"imagelib {VERSION} serves at {application.url} ")
    assert ready.endswith(f" INFO imagelib: Version {VERSION} serves with 2 processes of 16 threads.")
