"""The indexes of lists. On PostgreSQL they are made while the library is in use; on SQLite one after the other,
and who writes waits. Whoever stops this can begin again: what is there already is left as it is.
"""

from django.conf import settings
from django.db import migrations, models

# Nobody looks for the beginning of a digest, and these were a seventh of the database.
UNUSED = (("images_image", "hash"), ("images_rendition", "hash"), ("images_purged", "hash"))


LISTED = models.Q(deleted_at__isnull=True)
INDEXES = [
    *(
        models.Index(fields=[field, "id"], name=f"image_{field}", condition=LISTED)
        for field in ("created_at", "size", "width", "height", "title", "filename", "dated_at")
    ),
    *(
        models.Index(fields=[field], name=f"image_{field}", condition=LISTED)
        for field in ("mime_type", "iso", "f_number")
    ),
    *(
        models.Index(fields=[field, "visibility"], name=f"image_{field}", condition=LISTED)
        for field in ("camera", "lens", "licence")
    ),
    models.Index(fields=["visibility", "-created_at", "-id"], name="image_visibility", condition=LISTED),
    models.Index(fields=["uploaded_by", "-created_at"], name="image_uploader", condition=LISTED),
    models.Index(fields=["uploaded_by", "-deleted_at"], name="image_own_trash", condition=models.Q(deleted_at__isnull=False)),
    models.Index(fields=["verified_at", "id"], name="image_verified"),
]


class AddIndexMeanwhile(migrations.AddIndex):
    """Makes it without keeping writers away where the database can, and what was left half made again."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        can_meanwhile = schema_editor.connection.vendor == "postgresql"
        if can_meanwhile:
            drop_invalid(schema_editor, self.index.name)
        with schema_editor.connection.cursor() as cursor:
            there = schema_editor.connection.introspection.get_constraints(cursor, model._meta.db_table)
        if self.index.name not in there:
            options = {"concurrently": True} if can_meanwhile else {}
            schema_editor.add_index(model, self.index, **options)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(self.index.name)}")


def drop_invalid(schema_editor, name):
    """Drop the index of this name that was stopped while it was made."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid", [name])
        if cursor.fetchone():
            cursor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(name)}")


def drop_unused(apps, schema_editor):
    """Drop what Django makes on PostgreSQL for LIKE beside every index of a text."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        for table, column in UNUSED:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s"
                " AND indexdef LIKE %s",
                [table, f"%({column} varchar_pattern_ops)"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    atomic = False  # or no index could be made while others write

    dependencies = [
        ("images", "0012_derived_columns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(AddIndexMeanwhile("image", index) for index in INDEXES),
        migrations.RunPython(drop_unused, migrations.RunPython.noop, elidable=True),
    ]
