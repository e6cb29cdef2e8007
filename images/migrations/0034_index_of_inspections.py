"""The index of images to be inspected anew. On PostgreSQL it is made while the library is in use."""

from importlib import import_module

from django.db import migrations, models

AddIndexMeanwhile = import_module("images.migrations.0013_indexes_of_lists").AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # or no index could be made while others write

    dependencies = [
        ("images", "0033_inspections"),
    ]

    operations = [
        AddIndexMeanwhile(
            "image",
            models.Index(fields=["inspection_version", "id"], name="image_inspection"),
        ),
    ]
