"""Favourites of a manifest."""

from datetime import datetime
from itertools import islice
from typing import IO

from django.contrib.auth import get_user_model
from django.db import transaction

from images.concurrency.locks import locked
from images.maintenance.manifest_form import entries
from images.models import Favourite, Image

BATCH = 500  # restored at once


def restore_favourites(file: IO[bytes]) -> None:
    """Restore those whose person and image are there."""
    people = dict(get_user_model().objects.values_list("username", "pk"))
    lines = entries(file, "favourite")
    while batch := list(islice(lines, BATCH)):
        with transaction.atomic():
            some = locked(Image.objects.filter(pk__in={entry["image"] for entry in batch}))
            there = {str(pk) for pk in some.order_by("pk").values_list("pk", flat=True)}
            rows = [
                Favourite(
                    user_id=people[entry["user"]],
                    image_id=entry["image"],
                    created_at=datetime.fromisoformat(entry["created_at"]),
                )
                for entry in batch
                if entry["user"] in people and entry["image"] in there
            ]
            Favourite.objects.bulk_create(rows, ignore_conflicts=True)
