"""Unlisted: a third visibility, whose name is longer by a letter. PostgreSQL rewrites nothing for it, and SQLite
does not look at the length of a text.
"""

from typing import Any

from django.db import migrations, models

import images.models.image

CHOICES = [("public", "Public"), ("unlisted", "Unlisted"), ("private", "Private")]


def widen(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in ("images_image", "images_album"):
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN visibility TYPE varchar(8)")
            # It forgets what it knew of the column, and would read lists of a million images as if all were private.
            schema_editor.execute(f"ANALYZE {table} (visibility)")


class Migration(migrations.Migration):
    dependencies = [("images", "0024_known_sessions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "image",
                    "visibility",
                    models.CharField(
                        choices=CHOICES,
                        default=images.models.image.default_visibility,
                        max_length=8,
                        verbose_name="visibility",
                    ),
                ),
                migrations.AlterField(
                    "album",
                    "visibility",
                    models.CharField(
                        choices=CHOICES,
                        db_default="private",
                        default="private",
                        max_length=8,
                        verbose_name="visibility",
                    ),
                ),
            ],
            database_operations=[migrations.RunPython(widen, migrations.RunPython.noop)],
        )
    ]
