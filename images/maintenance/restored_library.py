"""The face of the library, of a manifest."""

from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db.models import Field

from images.maintenance.manifest_form import entries
from images.models import Library
from images.models.library import ONLY


def restore_library(file: IO[bytes]) -> None:
    """Restore what was set of the library, where nothing is set now."""
    for entry in entries(file, "library"):
        row, _ = Library.objects.get_or_create(pk=ONLY)
        for field in Library._meta.concrete_fields:
            if field.attname in entry and not getattr(row, field.attname):
                setattr(row, field.attname, _sound(field, entry[field.attname]))
        row.save()


def _sound(field: "Field[Any, Any]", value: Any) -> Any:
    """Return `value` as it is kept, or nothing where it could not be set: a logo that is not there, too."""
    try:
        return field.clean(value, None)
    except ValidationError:
        return field.get_default()
