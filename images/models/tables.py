"""Whether the database has the tables of this version."""

from django.db import connection
from django.db.migrations.loader import MigrationLoader


def differing_migrations() -> tuple[list[str], list[str]]:
    """Return the names of migrations that the database lacks, and of those of the library unknown here.

    Reads every migration, so it takes a tenth of a second. Raises DatabaseError.
    """
    loader = MigrationLoader(connection)
    applied, ours = set(loader.applied_migrations), set(loader.graph.nodes)
    missing = [node for node in ours - applied if node[0] in loader.migrated_apps]
    unknown = [node for node in applied - set(loader.disk_migrations) if node[0] == "images"]
    return [".".join(node) for node in sorted(missing)], [".".join(node) for node in sorted(unknown)]
