"""Too many failed sign-ins: whom django-axes counts, and what it answers (AXES_* in the settings)."""

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from images.http.error_pages import refusal

CLEARED = 100  # rows at most, with each failure, which adds one


class AgeingAttempts(AxesDatabaseHandler):
    """Failed sign-ins in the database, of which those that count no longer go, a bounded number at a time."""

    def clean_expired_user_attempts(
        self, request: HttpRequest | None = None, credentials: dict[str, Any] | None = None
    ) -> int:
        """Delete the oldest of those that count no longer; return how many."""
        expired = AccessAttempt.objects.filter(attempt_time__lte=get_cool_off_threshold(request))
        oldest = [*expired.order_by("pk").values_list("pk", flat=True)[:CLEARED]]
        count: int = AccessAttempt.objects.filter(pk__in=oldest).delete()[0]
        return count


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """What django-axes answers while a name is locked for an address."""
    response = refusal(request, "throttled", "Too many failed sign-ins. Please wait a quarter of an hour.")
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3600))
    return response
