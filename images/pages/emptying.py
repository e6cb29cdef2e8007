"""Emptying the trash: asked once, then done part after part, for one request may not have time for all."""

import time
from datetime import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext

from images.catalogue.access import may_purge, trashed_images
from images.catalogue.search import EARLIEST, LATEST
from images.catalogue.trash import empty_trash, held

SHOWN = 12  # pictures with the question, the latest
MOST = 1_000  # images that one request deletes
SECONDS = 5  # after which it says what is left


class EmptyForm(forms.Form):
    """That what came into the trash `before` the question is to go, and how many images are `done` so far."""

    confirmed = forms.BooleanField()
    before = forms.DateTimeField(validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)])
    done = forms.IntegerField(required=False, min_value=0)


def empty(request: HttpRequest) -> HttpResponse:
    """Delete for good what is in the trash where that is confirmed, else ask."""
    if not may_purge(request.user):
        raise PermissionDenied
    form = EmptyForm(request.POST)
    before, done = timezone.now(), 0
    if form.is_valid():
        before = form.cleaned_data["before"]
        done = (form.cleaned_data["done"] or 0) + _purge_some(before)
    left = held(request.user, before)
    if not left.count:
        if done:
            message = ngettext("One image was deleted for good.", "{} images were deleted for good.", done)
            messages.success(request, message.format(done))
        return redirect("trash")
    some = trashed_images(request.user).filter(deleted_at__lt=before).order_by("-deleted_at", "-pk")[:SHOWN]
    context = {
        "held": left,
        "images": some,
        "further": left.count - len(some),
        "before": before,
        "done": done,
    }
    return render(request, "trash/confirm_empty.html", context)


def _purge_some(before: datetime) -> int:
    """Purge what a request has time for; return how many images that were."""
    deadline, count = time.monotonic() + SECONDS, 0
    for count, _ in enumerate(empty_trash(before), start=1):
        if count == MOST or time.monotonic() >= deadline:
            break
    return count
