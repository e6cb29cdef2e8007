"""The migration that cleans the texts of before."""

import importlib
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from images.models import Image

migration = importlib.import_module("images.migrations.0008_clean_texts")

pytestmark = pytest.mark.django_db

FACTS = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"}


@pytest.fixture
def before():
    """The models as the code of before had them."""
    return MigrationLoader(connection).project_state(("images", "0007_counts")).apps


def add(before, number: int, **texts: str):
    return before.get_model("images", "Image").objects.create(hash=f"{number:064x}", **FACTS, **texts)


def migrate(before) -> int:
    """Run the migration; return how many texts it wrote."""
    written = []

    def count(execute, sql, parameters, many, context):
        if sql.startswith("UPDATE"):
            written.extend(parameters)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        migration.clean_texts(before, SimpleNamespace(connection=connection))
    return len(written)


def test_old_texts_become_clean(before):
    row = add(before, 1, title="E\u0301tretat\x1b", description="a\r\nCafe\u0301", alt_text="\u202eb")
    migrate(before)
    image = Image.objects.get()
    assert (image.title, image.description, image.alt_text) == ("\u00c9tretat", "a\nCaf\u00e9", "b")
    assert image.updated_at == row.updated_at  # nobody changed it


def test_what_is_clean_is_not_written(before):
    for number in range(5):
        add(before, number, title=f"\u00c9tretat {number}", description="One\n\tTwo")
    add(before, 5, title="Cafe\u0301", description="One\n\tTwo")
    assert migrate(before) == 1
    assert migrate(before) == 0


def test_what_would_become_too_long_stays_as_it_was_typed(before):
    add(before, 1, title="\u0958" * 200)
    migrate(before)
    assert Image.objects.get().title == "\u0958" * 200


def test_stopped_in_between_it_goes_on_when_it_is_run_again(before, monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)
    for number in range(7):
        add(before, number, title=f"Cafe\u0301 {number}")
    cleaned = []

    def stop(text, **options):
        cleaned.append(text)
        if len(cleaned) > 12:  # of three texts each: in the third batch
            raise KeyboardInterrupt
        return clean(text, **options)

    clean = migration.clean
    monkeypatch.setattr(migration, "clean", stop)
    with pytest.raises(KeyboardInterrupt):
        migrate(before)
    monkeypatch.setattr(migration, "clean", clean)
    assert Image.objects.filter(title__contains="\u00e9").count() == 4
    assert migrate(before) == 3
    assert Image.objects.filter(title__contains="\u00e9").count() == 7


def test_what_somebody_changes_meanwhile_stays_as_they_wrote_it(before, monkeypatch):
    row = add(before, 1, title="Cafe\u0301", alt_text="Cafe\u0301")
    clean = migration.clean

    def changed_meanwhile(text, **options):
        Image.objects.filter(pk=row.pk).update(title="New")
        return clean(text, **options)

    monkeypatch.setattr(migration, "clean", changed_meanwhile)
    migrate(before)
    image = Image.objects.get()
    assert (image.title, image.alt_text) == ("New", "Caf\u00e9")
