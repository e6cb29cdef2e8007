"""The index of the texts that a search reads, on PostgreSQL, beside whoever writes; SQLite has its own since 0012."""

import time

from django.db import migrations

NAME = "images_image_search_text"
MANY = 20_000  # rows, from which on it is announced how long it takes
ROWS_A_SECOND = 10_000
# Kilobytes of new texts that wait to be indexed together, some 25 images: for those of the 4 MB that PostgreSQL takes
# by itself, one upload waits fifteen times as long, and to index each at once costs thrice as much.
PENDING = 256


def make(apps, schema_editor):
    """Make the index, anew when it was half made; and have the database know how frequent words are."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [NAME])
        found = cursor.fetchone()
        if found == (True,):
            return
        if found:
            cursor.execute(f"DROP INDEX CONCURRENTLY {NAME}")
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'images_image'::regclass")
        rows = int(cursor.fetchone()[0])
        if rows >= MANY:
            minutes = round(rows / ROWS_A_SECOND / 60)
            print(f"\n    The texts of {rows:,} images are indexed: about {minutes} minutes.", end="", flush=True)
        cursor.execute(
            f"CREATE INDEX CONCURRENTLY {NAME} ON images_image USING gin (search_text gin_trgm_ops) "
            f"WITH (gin_pending_list_limit = {PENDING})"
        )
        cursor.execute("ANALYZE images_image")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0013_indexes_of_lists")]

    operations = [migrations.RunPython(make, drop)]
