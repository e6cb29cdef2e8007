"""The rows that migrations leave in PostgreSQL, kept in a schema aside and put back from there."""

# ruff: noqa: S608 (the names are those of our own tables)

from django.db import connection, transaction


def keep_rows() -> None:
    """Copy PostgreSQL's rows into tables aside, whose names are those of theirs."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE")
        cursor.execute("CREATE SCHEMA kept")
        for table in tables_with_rows():
            cursor.execute(f'CREATE TABLE kept."{table}" AS TABLE "{table}"')


def put_rows_back() -> None:
    """Have the rows that were kept, with their ids, and no others."""
    with transaction.atomic(), connection.cursor() as cursor:  # whose end is when references are checked
        for table in tables_with_rows():
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'kept'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'INSERT INTO "{table}" SELECT * FROM kept."{table}"')


def tables_with_rows() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        looks = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for (table,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(looks))
        return [table for (table,) in cursor.fetchall()]
