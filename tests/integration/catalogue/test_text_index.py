"""PostgreSQL's index of texts: what makes it says what it lacks, and can be stopped and begun again."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management.base import CommandError
from django.db import connection, transaction

columns = importlib.import_module("images.migrations.0012_derived_columns")
index = importlib.import_module("images.migrations.0014_text_index")
short_words = importlib.import_module("images.migrations.0016_short_words")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's index is of another kind"),
]

EDITOR = SimpleNamespace(connection=connection)


def is_valid(index) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [index.NAME])
        return cursor.fetchall() == [(True,)]


def test_who_may_not_make_the_extension_is_told_the_line_for_a_superuser():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain; DROP EXTENSION pg_trgm CASCADE; SET LOCAL ROLE plain")
    with pytest.raises(CommandError) as told, transaction.atomic():
        columns.keep_index(apps, EDITOR)
    assert "permission denied" in str(told.value)
    assert str(told.value).endswith(": CREATE EXTENSION IF NOT EXISTS pg_trgm;")


def test_who_may_not_make_the_extension_may_use_it():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain; SET LOCAL ROLE plain")
    columns.keep_index(apps, EDITOR)


@pytest.mark.parametrize("index", [index, short_words])
def test_no_upload_waits_until_many_others_are_indexed(index):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE oid = to_regclass(%s)", [index.NAME])
        assert cursor.fetchone() == (["gin_pending_list_limit=256"],)


@pytest.mark.parametrize("index", [index, short_words])
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_index_that_was_half_made_is_made_again(index):
    assert is_valid(index)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [index.NAME]
        )
    index.make(apps, EDITOR)
    assert is_valid(index)
    index.make(apps, EDITOR)  # and a whole one stays
    assert is_valid(index)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_index_of_what_lacks_a_key_is_made_again_too():
    operation = columns.Migration.operations[-1]
    state = SimpleNamespace(apps=apps)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("images", editor, state, state)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'image_unindexed'::regclass")
        assert cursor.fetchall() == [(True,)]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_index_of_short_words_goes_and_comes_back():
    with connection.schema_editor(atomic=False) as editor:
        short_words.drop(apps, editor)
    assert not is_valid(short_words)
    short_words.make(apps, EDITOR)
    assert is_valid(short_words)
