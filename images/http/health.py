"""Probes for supervisors and load balancers. They name nothing and are never cached."""

import logging

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from images.http.room import shortage
from storage import get_storage
from storage.errors import StorageError

logger = logging.getLogger(__name__)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return _plain("ok", 200)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database and storage answer, else 503; `degraded` when not all works as it should. Why that
    is so, the log says, and the answer to staff.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        get_storage().check()
        why = get_storage().degradation() or shortage()
        is_told = why and request.user.is_staff
    except (DatabaseError, StorageError) as error:
        logger.warning("not ready: %s", error)
        return _plain("not ready", 503)
    if not why:
        return _plain("ready", 200)
    logger.warning("degraded: %s", why)
    return _plain(f"degraded: {why}" if is_told else "degraded", 200)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
