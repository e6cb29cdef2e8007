"""The columns that lists are found by are right in every row, whoever writes it."""

import importlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, connections, transaction

from images.maintenance import reindexing
from images.maintenance.reindexing import reindex_all
from images.models import Image, Tag, Tagging, indexing
from images.models.indexing import reindex
from tests.resilience.races import start

migration = importlib.import_module("images.migrations.0012_derived_columns")

pytestmark = pytest.mark.django_db

FACTS = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"}
GEAR = {"camera": "X100V", "lens": "23mm F2", "iso": 400, "f_number": 2.8}
AT = datetime(2019, 8, 2, 21, 30, tzinfo=UTC)


def add(number: int = 0, **said) -> Image:
    return Image.objects.create(hash=f"{number:064x}", **FACTS | said)


def tag(image: Image, name: str) -> None:
    tag, _ = Tag.objects.get_or_create(name=name, key=name.lower(), slug=name.lower())
    Tagging.objects.create(tag=tag, image=image)


def text(image: Image) -> str:
    return Image.objects.values_list("search_text", flat=True).get(pk=image.pk)


def forget() -> None:
    """Make all rows those of an earlier version."""
    Image.objects.update(
        search_key=None,
        search_text="",
        camera="",
        iso=None,
        dated_at=datetime.min.replace(tzinfo=UTC, year=1970),
    )


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def indexed() -> list[int]:
    """Return the keys of SQLite's index, after it has compared itself with the rows."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO images_search (images_search) VALUES ('integrity-check')")
        cursor.execute("SELECT rowid FROM images_search WHERE images_search MATCH '\"jpg\"' ORDER BY rowid")
        return [key for (key,) in cursor.fetchall()]


on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite's index")


# --- Written with the row --------------------------------------------------------------------------


def test_a_new_row_has_its_text_and_its_key():
    image = add(title="São", metadata=GEAR)
    image.refresh_from_db()
    assert image.search_text == " sao \n a jpg \n x100v \n 23mm f2 "
    assert image.search_key == microseconds(image.created_at)


def test_rows_of_one_insert_have_them_too():
    Image.objects.bulk_create(
        Image(hash=f"{number:064x}", title=f"No {number}", **FACTS) for number in range(3)
    )
    assert sorted(Image.objects.values_list("search_text", flat=True)) == [
        f" no {number} \n a jpg " for number in range(3)
    ]
    assert Image.objects.values("search_key").distinct().count() == 3


def test_a_change_of_words_is_in_the_text_with_what_another_wrote_meanwhile():
    image = add(title="old", description="old too")
    Image.objects.filter(pk=image.pk).update(description="theirs")
    tag(image, "Coast")
    image.title, image.description = "mine", "not written"
    image.write("title")
    assert text(image) == " mine \n theirs \n a jpg \n coast "


def test_what_has_no_words_is_written_by_one_statement(django_assert_num_queries):
    image = add()
    with transaction.atomic(), django_assert_num_queries(3):  # with SAVEPOINT and RELEASE
        image.write("decorative")


def test_metadata_brings_its_columns_along():
    image = add()
    image.metadata = GEAR
    image.write("metadata")
    image.refresh_from_db()
    assert {name: getattr(image, name) for name in GEAR} == GEAR
    assert text(image) == " a jpg \n x100v \n 23mm f2 "


def test_another_time_of_upload_brings_its_columns_along():
    image = add()
    image.created_at = AT
    image.write("created_at")
    image.refresh_from_db()
    assert (image.dated_at, image.search_key) == (AT, microseconds(AT))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_write_at_once_both_are_in_the_text():
    for number in range(10):
        image, together = add(number), threading.Barrier(2)

        def write(image=image, **said):
            row = Image.objects.get(pk=image.pk)
            for name, value in said.items():
                setattr(row, name, value)
            row.write(*said)

        with ThreadPoolExecutor(2) as pool:
            acts = [lambda: write(title="first"), lambda: write(description="second")]
            for done in [start(pool, act, together) for act in acts]:
                done.result()
        assert text(image) == " first \n second \n a jpg "


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_writes_while_another_has_the_row_waits_and_reads_what_that_wrote():
    image, begun = add(), threading.Event()

    def write() -> None:
        begun.set()
        row = Image.objects.get(pk=image.pk)
        row.title = "second"
        row.write("title")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            other = Image.objects.get(pk=image.pk)
            other.description = "first"
            other.write("description")
            waiting = pool.submit(lambda: (write(), connections.close_all()))
            assert begun.wait(30)
        waiting.result(30)
    assert text(image) == " second \n first \n a jpg "


# --- Re-made ---------------------------------------------------------------------------------------


def test_a_renamed_tag_is_in_the_text_when_its_images_are_reindexed(monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    images = [add(number) for number in range(5)]
    for image in images[:4]:
        tag(image, "Coast")
    Tag.objects.update(name="Küste")
    assert reindex(image.pk for image in images) == 4
    assert [text(image) for image in images] == [" a jpg \n kuste "] * 4 + [" a jpg "]


def test_what_is_right_is_not_written(django_assert_num_queries):
    images = [add(number) for number in range(3)]
    with django_assert_num_queries(4):  # the rows and their tags, with SAVEPOINT and RELEASE
        assert reindex(image.pk for image in images) == 0


def test_rows_of_an_earlier_version_get_all_columns(monkeypatch):
    monkeypatch.setattr(reindexing, "BATCH", 2)
    images = [
        add(number, title=f"No {number}", metadata=GEAR, taken_at=AT, taken_offset=60) for number in range(5)
    ]
    keys = [image.search_key for image in images]
    forget()
    assert list(reindex_all(only_missing=True)) == [True] * 5
    for number, image in enumerate(images):
        image.refresh_from_db()
        assert image.search_text == f" no {number} \n a jpg \n x100v \n 23mm f2 "
        assert {name: getattr(image, name) for name in GEAR} == GEAR
        assert image.dated_at == AT + timedelta(hours=1)
    assert [image.search_key for image in images] == keys
    assert list(reindex_all(only_missing=True)) == []
    assert list(reindex_all()) == [False] * 5


def test_rows_of_one_moment_have_keys_of_their_own_on_sqlite(monkeypatch):
    images = [add(number) for number in range(4)]
    forget()
    Image.objects.update(created_at=AT)
    reindex([images[0].pk])
    reindex(image.pk for image in images)
    key, is_sqlite = microseconds(AT), connection.vendor == "sqlite"
    assert sorted(Image.objects.values_list("search_key", flat=True)) == [
        key + number * is_sqlite for number in range(4)
    ]
    assert reindex(image.pk for image in images) == 0  # they stay with it


def test_rows_that_come_to_one_moment_together_have_keys_of_their_own_on_sqlite():
    images = [add(number) for number in range(3)]
    Image.objects.update(created_at=AT)
    assert reindex(image.pk for image in images) == 3
    keys = sorted(Image.objects.values_list("search_key", flat=True))
    assert [key - microseconds(AT) for key in keys] == [
        number * (connection.vendor == "sqlite") for number in range(3)
    ]


def test_stopped_in_between_the_fill_goes_on_when_it_is_run_again(monkeypatch):
    monkeypatch.setattr(reindexing, "BATCH", 2)
    for number in range(5):
        add(number)
    forget()
    batches = reindex_all(only_missing=True)
    next(batches)
    batches.close()
    assert Image.objects.filter(search_key=None).count() == 3
    migration.fill(apps, SimpleNamespace(connection=connection))
    assert set(Image.objects.values_list("search_text", flat=True)) == {" a jpg "}


# --- SQLite's index --------------------------------------------------------------------------------


@on_sqlite
def test_the_index_follows_the_rows():
    first, second = add(1), add(2)
    assert indexed() == [first.search_key, second.search_key]
    Image.objects.filter(pk=first.pk).update(search_text=" other ")
    assert indexed() == [second.search_key]
    Image.objects.filter(pk=second.pk).update(search_key=7)
    assert indexed() == [7]
    Image.objects.all().delete()
    assert indexed() == []


@on_sqlite
def test_a_row_of_an_earlier_version_is_in_the_index_when_it_has_a_key():
    image = add()
    forget()
    assert indexed() == []
    list(reindex_all(only_missing=True))
    assert indexed() == [image.search_key]


@on_sqlite
def test_after_all_migrations_the_index_has_its_triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name FROM sqlite_master WHERE name LIKE 'images_search%'")
        there = {f"{type_} {name}".upper() for type_, name in cursor.fetchall()}
    assert {name.upper() for name in migration.WITH_SQLITE if "search_key" not in name} <= there


@on_sqlite
def test_a_lost_trigger_is_made_again_and_nothing_else():
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER images_search_insert")
        migration.keep_index(apps, SimpleNamespace(connection=connection))
        migration.keep_index(apps, SimpleNamespace(connection=connection))
    image = add()
    assert indexed() == [image.search_key]
