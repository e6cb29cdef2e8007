"""The indexes of images that lack their words. On PostgreSQL they are made while the library is in use."""

from importlib import import_module

from django.conf import settings
from django.db import migrations, models

AddIndexMeanwhile = import_module("images.migrations.0013_indexes_of_lists").AddIndexMeanwhile

UNDESCRIBED = models.Q(deleted_at__isnull=True, alt_text="", decorative=False)


class Migration(migrations.Migration):
    atomic = False  # or no index could be made while others write

    dependencies = [
        ("images", "0020_saved_searches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexMeanwhile(
            "image",
            models.Index(fields=["visibility", "-created_at", "-id"], name="image_undescribed", condition=UNDESCRIBED),
        ),
        AddIndexMeanwhile(
            "image",
            models.Index(
                fields=["uploaded_by", "visibility", "-created_at", "-id"],
                name="image_own_undescribed",
                condition=UNDESCRIBED,
            ),
        ),
    ]
