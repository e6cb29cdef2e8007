"""A page of the admin for rows that several people may be changing at once."""

from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest

from images.concurrency.locks import locked
from images.pages.editing import EditForm


class EditAdmin(admin.ModelAdmin):
    """Writes what this person changed, and nothing else: another may have changed the rest meanwhile."""

    form = EditForm

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """Return the row, locked within the transaction that ModelAdmin opens for a change."""
        row = super().get_object(request, object_id, from_field)
        if row and connection.in_atomic_block:
            return locked(self.get_queryset(request)).filter(pk=row.pk).first()
        return row

    def save_model(self, request: HttpRequest, obj: Model, form: EditForm, change: bool) -> None:
        form.save_changes()
