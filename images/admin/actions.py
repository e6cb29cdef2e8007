"""What the admin's list does to many images at once."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from images.admin.inspections import ask_for_inspection
from images.admin.lists import found
from images.catalogue.curation import hide, publish
from images.catalogue.history import recorded
from images.catalogue.publishing import Location
from images.catalogue.trash import restore, trash
from images.concurrency.locks import locked
from images.errors import LocationUndecided
from images.ingest.copies import public_copies
from images.models import Image

MAX_CHOSEN = 10_000  # images that one action is about


class ImageActions(admin.ModelAdmin):
    """Publishes, hides, trashes and restores. Where images were taken is told by one action, by name."""

    actions = (
        *("make_public", "make_public_with_location", "publish_copies"),
        *("make_unlisted", "make_private", "move_to_trash", "restore", "inspect_anew"),
    )

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Image], *args: Any, **options: Any
    ) -> HttpResponse | None:
        """Do to the chosen images what is asked for, to all of the list when these are not too many."""
        is_across = forms.BooleanField(required=False).to_python(request.POST.get("select_across"))
        if is_across and len(found(queryset.only("pk")[: MAX_CHOSEN + 1])) > MAX_CHOSEN:
            message = _("Nothing was changed: choose at most %d images at once.") % MAX_CHOSEN
            self.message_user(request, message, messages.ERROR)
            return None
        return super().response_action(request, queryset, *args, **options)

    def has_trash_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.delete_image")

    @admin.action(description=_("Make public"), permissions=["change"])
    def make_public(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        self._each(request, images, publish, "visibility")

    @admin.action(description=_("Make public, with where they were taken"), permissions=["change"])
    def make_public_with_location(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        self._each(request, images, partial(publish, location=Location.KEEP), "visibility")

    @admin.action(description=_("Publish copies without where they were taken"), permissions=["change"])
    def publish_copies(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        located = images.filter(deleted_at=None, has_location=True, visibility=Image.Visibility.PRIVATE)
        copies = public_copies(found(located), request.user)
        for copy in copies.made.values():
            self.log_addition(request, copy, [{"added": {}}])
        made = len(copies.made)
        message = ngettext("%d copy is public.", "%d copies are public.", made) % made
        self.message_user(request, message, messages.SUCCESS)
        for image, sentence in copies.failed:
            self.message_user(request, f"{image}: {sentence}", messages.WARNING)
        if left := len(copies.left):
            message = ngettext(
                "%d image was not come to in this time: choose it again.",
                "%d images were not come to in this time: choose them again.",
                left,
            )
            self.message_user(request, message % left, messages.WARNING)

    @admin.action(description=_("Make unlisted"), permissions=["change"])
    def make_unlisted(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        self._each(request, images, partial(publish, visibility=Image.Visibility.UNLISTED), "visibility")

    @admin.action(description=_("Make private"), permissions=["change"])
    def make_private(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        self._each(request, images, hide, "visibility")

    @admin.action(description=_("Move to the trash"), permissions=["trash"])
    def move_to_trash(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        self._each(request, images.filter(deleted_at=None), trash, "deleted_at")

    @admin.action(description=_("Restore from the trash"), permissions=["trash"])
    def restore(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        self._each(request, images.exclude(deleted_at=None), restore, "deleted_at")

    @admin.action(description=_("Read anew what their files say"), permissions=["change"])
    def inspect_anew(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        ask_for_inspection(self, request, [image.pk for image in found(images.only("pk"))])

    def _each(
        self, request: HttpRequest, images: QuerySet[Image], change: Callable[[Image], str | None], field: str
    ) -> None:
        """Apply `change` to each of `images`, write it into the history, and say how many there were, and how
        many are private because nobody said whether to tell where they were taken.
        """
        done, undecided, action = 0, 0, uuid4()
        (name,) = (str(own.verbose_name) for own in self.opts.fields if own.name == field)
        for image in found(images):
            with transaction.atomic(), suppress(Image.DoesNotExist):  # purged just now
                now = locked(Image.objects.all()).get(pk=image.pk)
                try:
                    with recorded(request.user, [image.pk], action):
                        undecided += bool(change(now))
                except LocationUndecided:
                    undecided += 1
                    continue
                self.log_change(request, now, [{"changed": {"fields": [name]}}])
                done += 1
        message = ngettext("%d image was changed.", "%d images were changed.", done) % done
        self.message_user(request, message, messages.SUCCESS)
        if undecided:
            message = ngettext(
                "%d image says where it was taken, so it is private. Other actions publish it, or a copy.",
                "%d images say where they were taken, so they are private. Other actions publish them, or "
                "copies.",
                undecided,
            )
            self.message_user(request, message % undecided, messages.WARNING)
