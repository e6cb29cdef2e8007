"""Indexes of the tasks that are to be had, and of those that were given up. The table is django-tasks-db's.

Its own index begins with the status, which it has of one value alone: PostgreSQL takes that condition for met
and so reads the whole index. Without these all is well but slow.
"""

from django.db import migrations

TABLE = "django_tasks_database_dbtaskresult"


class Migration(migrations.Migration):
    dependencies = [
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
        ("images", "0034_index_of_inspections"),
    ]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX IF NOT EXISTS imagelib_tasks_to_do ON {TABLE}"
            " (priority DESC, run_after, enqueued_at) WHERE status = 'READY'",
            "DROP INDEX IF EXISTS imagelib_tasks_to_do",
        ),
        migrations.RunSQL(
            f"CREATE INDEX IF NOT EXISTS imagelib_tasks_given_up ON {TABLE}"
            " (finished_at) WHERE status = 'FAILED'",
            "DROP INDEX IF EXISTS imagelib_tasks_given_up",
        ),
    ]
