"""The migration that makes columns of the place and day that rows of before know."""

import importlib
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from images.models import Image

migration = importlib.import_module("images.migrations.0010_where_and_when")

pytestmark = pytest.mark.django_db

FACTS = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"}
AT = datetime(2019, 8, 2, 21, 30, tzinfo=UTC)
PLACE = {"location": [48.8, 2.3]}


def migrate() -> int:
    """Run the migration; return how many statements wrote."""
    written = []

    def count(execute, sql, *args):
        if sql.startswith("UPDATE"):
            written.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(count):
        migration.fill(apps, SimpleNamespace(connection=connection))
    return len(written)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, (False, None, "")),
        ({"metadata": PLACE}, (True, None, "")),
        ({"taken_at": AT}, (False, date(2019, 8, 2), "file")),
        ({"taken_at": AT, "metadata": PLACE}, (True, date(2019, 8, 2), "file")),
        # What today's code wrote already.
        (
            {"taken_at": AT, "taken_day": date(2019, 8, 3), "taken_from": "hand", "metadata": PLACE},
            (True, date(2019, 8, 3), "hand"),
        ),
        ({"taken_day": date(2019, 8, 2), "taken_from": "name"}, (False, date(2019, 8, 2), "name")),
        ({"has_location": True}, (True, None, "")),
    ],
)
def test_a_row_says_in_columns_what_it_knew(before, after):
    Image.objects.create(hash="0" * 64, **FACTS, **before)
    migrate()
    assert Image.objects.values_list("has_location", "taken_day", "taken_from").get() == after


def test_each_batch_is_written_by_one_statement(monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)
    for number in range(5):
        Image.objects.create(hash=f"{number:064}", taken_at=AT, metadata=PLACE, **FACTS)
    assert migrate() == 3
    assert Image.objects.filter(has_location=True, taken_day=date(2019, 8, 2)).count() == 5
