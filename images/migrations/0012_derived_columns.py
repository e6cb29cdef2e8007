"""The columns that lists are found and ordered by, of the rows that are there; with SQLite the index of their texts.

In batches, each written by itself, with as long a pause as the writing took. Whoever stops this can begin again.

PostgreSQL's index of the texts is made by 0014, when all are there; SQLite's takes each row as it is written, for to
make all of it at once would keep every writer out for minutes. What either needs is asked for first.
"""

from django.core.management.base import CommandError
from django.db import Error, migrations, models, transaction

MANY = 20_000  # rows, from which on it is announced how long it takes
ROWS_A_SECOND = 1_000  # with the pauses, on two cores

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"

# The index knows the text of a row by its search_key; without one, a row is not in it.
WITH_SQLITE = {
    "TABLE images_search": (
        "CREATE VIRTUAL TABLE images_search USING fts5(search_text, content='images_image', "
        "content_rowid='search_key', columnsize=0, tokenize='trigram case_sensitive 1')"
    ),
    "INDEX images_image_search_key": (
        "CREATE UNIQUE INDEX images_image_search_key ON images_image (search_key) WHERE search_key IS NOT NULL"
    ),
}
ADD = (
    "INSERT INTO images_search (rowid, search_text) "
    "SELECT NEW.search_key, NEW.search_text WHERE NEW.search_key IS NOT NULL;"
)
REMOVE = (
    "INSERT INTO images_search (images_search, rowid, search_text) "
    "SELECT 'delete', OLD.search_key, OLD.search_text WHERE OLD.search_key IS NOT NULL;"
)
TRIGGERS = {
    "TRIGGER images_search_insert": f"AFTER INSERT ON images_image BEGIN {ADD} END",
    "TRIGGER images_search_delete": f"AFTER DELETE ON images_image BEGIN {REMOVE} END",
    "TRIGGER images_search_update": (
        "AFTER UPDATE OF search_text, search_key ON images_image "
        "WHEN OLD.search_key IS NOT NEW.search_key OR OLD.search_text IS NOT NEW.search_text "
        f"BEGIN {REMOVE} {ADD} END"
    ),
}
WITH_SQLITE |= {name: f"CREATE {name} {body}" for name, body in TRIGGERS.items()}


def keep_index(apps, schema_editor):
    """Make what is missing of the index. A migration that has Django copy the table of images, and with it lose
    triggers and indexes that no model has, runs this again.
    """
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        make_extension(connection)
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master")
        there = {name for (name,) in cursor.fetchall()}
        for name, sql in WITH_SQLITE.items():
            if name.split()[1] not in there:
                cursor.execute(sql)


def make_extension(connection):
    """Raises CommandError, which says what a superuser does, where this user may not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(EXTENSION)
    except Error as error:
        reason = str(error).partition("\n")[0]
        raise CommandError(
            f"The database has no index of parts of words yet ({reason}). Have a superuser run this line in it, then "
            f"begin again; nothing was changed: {EXTENSION};"
        ) from None


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in reversed(WITH_SQLITE):
            schema_editor.execute(f"DROP {name}")


def fill(apps, schema_editor):
    from images.maintenance.reindexing import reindex_all

    rows = apps.get_model("images", "Image").objects.filter(search_key=None).count()
    if rows >= MANY:
        minutes = round(rows / ROWS_A_SECOND / 60)
        print(f"\n    {rows:,} images are made ready to be found: about {minutes} minutes.", end="", flush=True)
    for _ in reindex_all(only_missing=True):
        pass


class AddIndex(migrations.AddIndex):
    """Adds it, on PostgreSQL beside whoever writes; one that was half made when it was stopped is made anew."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        on_postgresql = schema_editor.connection.vendor == "postgresql"
        concurrently = {"concurrently": True} if on_postgresql else {}
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(f"DROP INDEX {'CONCURRENTLY ' if on_postgresql else ''}IF EXISTS {self.index.name}")
        schema_editor.add_index(model, self.index, **concurrently)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0011_lists")]

    operations = [
        migrations.RunPython(keep_index, drop_index),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("search_key__isnull", True)), fields=["created_at", "id"], name="image_unindexed"
            ),
        ),
    ]
