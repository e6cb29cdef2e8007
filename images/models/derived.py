"""Columns that repeat in a form for lists what others of the row say: written with those, never by people."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_GEAR_LENGTH = 200

# The fields that others follow, and those. What follows a text, indexing.py writes.
FOLLOWERS = {
    "metadata": ("camera", "lens", "iso", "f_number"),
    **dict.fromkeys(("taken_at", "taken_offset", "taken_day"), ("dated_at",)),
    "created_at": ("dated_at", "search_key"),
}


def followers(fields: Iterable[str]) -> set[str]:
    """Return the columns that are written with these."""
    return {name for field in fields for name in FOLLOWERS.get(field, ())}


class FactField(models.Field):
    """A fact of the row's `metadata`, in a column of its own name so that it has an index."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.of(model_instance.metadata)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value

    def of(self, metadata: dict[str, Any]) -> Any:
        """Return what the column says of this metadata, which comes from a stranger's file."""
        return metadata.get(self.name)


class GearField(FactField, models.CharField):
    """A name of a camera or lens; empty when the file has none."""

    def of(self, metadata: dict[str, Any]) -> str:
        value = super().of(metadata)
        return value[:MAX_GEAR_LENGTH] if isinstance(value, str) else ""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class NumberFactField(FactField, models.FloatField):
    """A number of the exposure; null when the file has none."""

    def of(self, metadata: dict[str, Any]) -> float | None:
        value = super().of(metadata)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.FloatField", args, kwargs


class DatedField(models.DateTimeField):
    """By what the timeline goes: what the camera's clock showed, as if it stood at UTC, else the day taken,
    else the upload.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.of(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    @staticmethod
    def of(image: Any) -> datetime:
        """Return the moment for what the row says now."""
        moment: datetime = image.created_at
        if image.taken_at is not None:
            moment = image.taken_at + timedelta(minutes=image.taken_offset or 0)
        elif image.taken_day is not None:
            moment = datetime.combine(image.taken_day, datetime.min.time(), tzinfo=UTC)
        return moment

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs
