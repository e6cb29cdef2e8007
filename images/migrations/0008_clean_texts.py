"""Texts of before become what images.text makes of new ones, so that titles typed decomposed are found.

File names always were composed. In batches, each read and written by itself, with as long a pause as the writing
took: nobody waits for more than one of them. A text that is clean is not written, so whoever stops this can begin
again; one that somebody changes meanwhile stays as they wrote it. The code of before goes on; what it writes after
its batch is clean once it is edited again.
"""

import time

from django.db import migrations, transaction

from images.text import clean

BATCH = 500
HAS_LINES = {"title": False, "alt_text": True, "description": True}


def clean_texts(apps, schema_editor):
    Image, connection = apps.get_model("images", "Image"), schema_editor.connection
    rows = Image.objects.using(connection.alias).order_by("pk").values("pk", *HAS_LINES)
    batch = list(rows[:BATCH])
    while batch:
        for name, has_lines in HAS_LINES.items():
            limit, changes = Image._meta.get_field(name).max_length, []
            for row in batch:
                text = clean(row[name], has_lines=has_lines, limit=limit)
                if text != row[name]:
                    changes.append((text, Image._meta.pk.get_db_prep_value(row["pk"], connection), row[name]))
            if changes:
                write(connection, name, changes)
        batch = list(rows.filter(pk__gt=batch[-1]["pk"])[:BATCH])


def write(connection, name, changes):
    """Write each (text, key, former text) where the former text is still there."""
    started = time.monotonic()
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.executemany(f"UPDATE images_image SET {name} = %s WHERE id = %s AND {name} = %s", changes)
    time.sleep(time.monotonic() - started)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0007_counts")]

    operations = [migrations.RunPython(clean_texts, migrations.RunPython.noop, elidable=True)]
