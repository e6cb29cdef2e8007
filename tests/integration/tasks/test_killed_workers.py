"""A killed worker loses nothing, and nothing is drawn into the store twice."""

import pytest

from tests.resilience.killed_workers import kill_workers
from tests.resilience.robustness import live_library
from tests.servers.application import fresh_database

pytestmark = [pytest.mark.drill, pytest.mark.long]


def test_every_image_is_drawn_once_whoever_is_killed(tmp_path, django_db_blocker, record_property):
    with (
        django_db_blocker.unblock(),
        fresh_database(tmp_path / "data") as database_url,
        live_library(
            tmp_path / "data",
            DATABASE_URL=database_url,
            DJANGO_SETTINGS_MODULE="tests.servers.hasty_settings",
            WEB_CONCURRENCY="1",
        ) as library,
    ):
        survey = kill_workers(library, uploads=200, kills=25)
    record_property("workers killed at random", str(survey))
    assert survey.images == 200
    assert survey.left == 0
    assert survey.begun_again > 0
