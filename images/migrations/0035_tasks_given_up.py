"""An index of the tasks that were given up. The table is django-tasks-db's, whose own index has those to be
done alone; without this one, all is well but slow.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
        ("images", "0031_attempts_of_jobs"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS imagelib_tasks_given_up"
            " ON django_tasks_database_dbtaskresult (finished_at) WHERE status = 'FAILED'",
            "DROP INDEX IF EXISTS imagelib_tasks_given_up",
        )
    ]
