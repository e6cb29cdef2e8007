"""`manage.py check --deploy --database default`: does the database know letters?"""

import pytest
from django.core.checks import run_checks
from django.db import connection, connections

from images import apps

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no locale"),
]


def said() -> list[str]:
    messages = run_checks(include_deployment_checks=True, databases=["default"])
    return [message.id for message in messages if message.id == "imagelib.W004"]


@pytest.fixture
def locale_c(monkeypatch):
    """Have the checks ask a database of the locale C."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE imagelib_locale_c TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    other = connections.create_connection("default")
    other.settings_dict = {**connection.settings_dict, "NAME": "imagelib_locale_c"}
    monkeypatch.setattr(apps, "connections", {"default": other})
    yield
    other.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE imagelib_locale_c")


def test_a_database_that_knows_letters_is_none_to_warn_of():
    assert said() == []


def test_a_database_without_letters_is_warned_of(locale_c):
    assert said() == ["imagelib.W004"]
