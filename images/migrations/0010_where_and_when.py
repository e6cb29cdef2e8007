"""What the rows of before already know of place and day becomes columns; what today's reading of the files finds
besides, `verifystorage --reinspect` brings.

In batches, each written by itself, with as long a pause as the writing took. Whoever stops this can begin again.
"""

import time

from django.db import migrations, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, TruncDate

BATCH = 2_000


def fill(apps, schema_editor):
    Image = apps.get_model("images", "Image")
    rows = Image.objects.using(schema_editor.connection.alias).order_by("pk")
    is_located, is_dated = Q(metadata__has_key="location"), Q(taken_at__isnull=False, taken_from="")
    is_old = Q(is_located, has_location=False) | is_dated
    last = None
    while True:
        batch = list((rows.filter(pk__gt=last) if last else rows).values_list("pk", flat=True)[:BATCH])
        if not batch:
            return
        last, started = batch[-1], time.monotonic()
        these = rows.order_by().filter(pk__gte=batch[0], pk__lte=last)
        with transaction.atomic(using=schema_editor.connection.alias):
            these.filter(is_old).update(
                has_location=Case(When(is_located, then=True), default=F("has_location")),
                taken_day=Coalesce("taken_day", TruncDate("taken_at")),
                taken_from=Case(When(is_dated, then=Value("file")), default=F("taken_from")),
            )
        time.sleep(time.monotonic() - started)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0009_what_a_file_says")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
