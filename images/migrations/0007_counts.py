"""The table of images/concurrency/counts.py in PostgreSQL. SQLite keeps counts in a file of their own."""

from django.db import migrations


def make_table(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        # Unlogged: a hit waits for no disk, and what a crash loses is an hour's counts.
        schema_editor.execute(
            "CREATE UNLOGGED TABLE imagelib_counts "
            "(name text PRIMARY KEY, hits bigint NOT NULL, ends float8 NOT NULL)"
        )
        schema_editor.execute("CREATE INDEX imagelib_counts_ends ON imagelib_counts (ends)")


def drop_table(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TABLE imagelib_counts")


class Migration(migrations.Migration):
    dependencies = [("images", "0006_purged")]

    operations = [migrations.RunPython(make_table, drop_table)]
