"""Every order of a list has an index that the database reads it by, from wherever a page starts."""

import importlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from images.catalogue.access import copies_of, listed_images, visible_images
from images.catalogue.cursors import Cursor, page_at
from images.catalogue.rows import sorted_by
from images.models import Image
from tests.factories import make_user, sha256

pytestmark = pytest.mark.django_db

ORDERINGS = ("created_at", "size", "width", "height", "title", "filename", "dated_at")


@pytest.fixture
def row(db) -> Image:
    return Image.objects.create(
        hash=sha256(b"1"), mime_type="image/jpeg", size=1, width=3, height=2, filename="a.jpg"
    )


def plan(queryset) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads a table of no rows as it is, and sorts one page
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    return queryset.explain()


@pytest.mark.parametrize(
    "ordering", [sign + field for field in (*ORDERINGS, "taken_at") for sign in ("", "-")]
)
def test_what_is_to_be_sorted_goes_along_no_index(row, ordering):
    """However few rows the database believes there to be."""
    explained = plan(visible_images(make_user("viewer", "Viewers")).order_by(*sorted_by(ordering))[:1])
    assert ("Sort" in explained) or ("USE TEMP B-TREE FOR ORDER BY" in explained), explained


@pytest.mark.parametrize("ordering", [sign + field for field in ORDERINGS for sign in ("", "-")])
def test_a_page_of_any_order_is_one_range_of_its_index(row, ordering):
    viewer = make_user("viewer", "Viewers")
    cursor = Cursor.beside(row, ordering, backwards=False)
    sign = "-" * ordering.startswith("-")
    rows = visible_images(viewer).filter(cursor.beyond(Image)).order_by(ordering, f"{sign}pk")
    explained = plan(rows)
    name = ordering.lstrip("-")
    assert any(index in explained for index in (f"image_{name}", "image_newest_first")), explained
    assert "TEMP B-TREE" not in explained
    assert "Sort" not in explained
    if connection.vendor == "sqlite":
        assert f"({name},id)" in explained  # searched by both
    else:
        assert "Filter: ROW" not in explained.replace("\n", " ")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it has the statistics to know better")
@pytest.mark.parametrize("groups", [None, [], ["Viewers"]], ids=["nobody", "member", "viewer"])
def test_the_copies_of_an_image_are_found_by_their_source(row, groups):
    user = AnonymousUser() if groups is None else make_user("somebody", *groups)
    explained = plan(copies_of(row, user)[:10])
    assert "images_image_derived_from_id" in explained, explained


def test_the_newest_public_images_are_read_by_an_index_of_these_alone(row):
    if connection.vendor == "postgresql":  # to which all ways to one row are alike
        file = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"}
        hashes = [sha256(b"hidden %d" % number) for number in range(500)]
        Image.objects.bulk_create(Image(hash=digest, visibility="private", **file) for digest in hashes)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE images_image")
    explained = plan(listed_images(AnonymousUser()))
    assert "image_visibility" in explained
    assert "TEMP B-TREE" not in explained
    assert "Sort" not in explained


@pytest.mark.parametrize("ordering", ["created_at", "-title", "-dated_at"])
def test_pages_go_on_behind_rows_that_are_equal(ordering):
    now = timezone.now()
    rows = Image.objects.bulk_create(
        Image(
            hash=sha256(b"%d" % number), mime_type="image/jpeg", size=1, width=1, height=1, filename="a.jpg"
        )
        for number in range(7)
    )
    Image.objects.update(created_at=now, dated_at=now - timedelta(days=1))
    cursor, found = None, []
    for _ in range(4):
        page = page_at(Image.objects.all(), ordering, cursor, size=2)
        found += [image.pk for image in page.rows]
        cursor = page.next
    ids = sorted((image.pk for image in rows), reverse=ordering.startswith("-"))
    assert (cursor, found) == (None, ids)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_indexes_that_are_there_are_left_and_half_made_ones_made_again(row):
    migration = importlib.import_module("images.migrations.0013_indexes_of_lists")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX image_title")
        if connection.vendor == "postgresql":  # as one that was stopped
            cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'image_size'::regclass")
    state = MigrationLoader(connection).project_state(("images", "0013_indexes_of_lists"))
    for operation in migration.Migration.operations[:-1]:
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("images", editor, state, state)
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, Image._meta.db_table)
        assert {index.name for index in migration.INDEXES} <= there.keys()
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
            assert cursor.fetchone() == (0,)


def test_no_digest_has_an_index_of_its_beginning(db):
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%(hash varchar_pattern_ops)'")
        assert cursor.fetchall() == []
