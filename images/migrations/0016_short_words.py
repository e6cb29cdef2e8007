"""PostgreSQL's index of words of one or two characters, which have no trigrams of their own: it would read the texts of
all images that have both their beginning and their end. SQLite's index finds them by their places.
"""

from django.db import migrations

NAME = "images_image_short_words"
FUNCTION = """
CREATE OR REPLACE FUNCTION images_short_words(search_text text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT DISTINCT word FROM unnest(string_to_array(translate(search_text, E'\\n', ' '), ' ')) AS word
        WHERE length(word) IN (1, 2)
    )
$$
"""


def make(apps, schema_editor):
    """Make the index beside whoever writes, anew when it was half made."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [NAME])
        found = cursor.fetchone()
        if found == (True,):
            return
        if found:
            cursor.execute(f"DROP INDEX CONCURRENTLY {NAME}")
        cursor.execute(
            f"CREATE INDEX CONCURRENTLY {NAME} ON images_image USING gin (images_short_words(search_text)) "
            "WITH (gin_pending_list_limit = 256)"  # as that of 0014
        )
        cursor.execute("ANALYZE images_image")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        schema_editor.execute("DROP FUNCTION IF EXISTS images_short_words(text)")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0015_tags")]

    operations = [migrations.RunPython(make, drop)]
