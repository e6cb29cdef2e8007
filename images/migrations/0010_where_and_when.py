"""What the rows of before already know of place and day becomes columns; what today's reading of the files finds
besides, `verifystorage --reinspect` brings.

In batches, each written by itself, with as long a pause as the writing took. Whoever stops this can begin again.
"""

import time

from django.db import migrations, transaction
from django.db.models import F, Q
from django.db.models.functions import TruncDate

BATCH = 2_000


def fill(apps, schema_editor):
    Image = apps.get_model("images", "Image")
    rows = Image.objects.using(schema_editor.connection.alias).order_by("pk")
    last = None
    while True:
        batch = list((rows.filter(pk__gt=last) if last else rows).values_list("pk", flat=True)[:BATCH])
        if not batch:
            return
        last, started = batch[-1], time.monotonic()
        these = rows.order_by().filter(pk__gte=batch[0], pk__lte=last)
        with transaction.atomic(using=schema_editor.connection.alias):
            these.filter(metadata__has_key="location").update(has_location=True)
            these.filter(Q(taken_at__isnull=False), taken_day=None).update(
                taken_day=TruncDate(F("taken_at")), taken_from="file"
            )
        time.sleep(time.monotonic() - started)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0009_what_a_file_says")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
