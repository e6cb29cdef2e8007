"""A library for processes of their own."""

from collections.abc import Iterator

import pytest

from tests.servers.application import Application, fresh_database


@pytest.fixture
def library(tmp_path, django_db_blocker) -> Iterator[Application]:
    """An application that does not run yet, whose tasks write into the file `notes` beside its log."""
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        yield Application(
            tmp_path / "library",
            DATABASE_URL=database_url,
            TASK_NOTES=str(tmp_path / "notes"),
            WEB_CONCURRENCY="1",
        )
