"""The table of the database cache, where versions before 0007_counts counted throttles."""

from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    call_command("createcachetable", "imagelib_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    atomic = False  # createcachetable opens a transaction of its own
    dependencies = [("images", "0002_groups")]

    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
