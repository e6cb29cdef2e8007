"""Probes for supervisors and load balancers. They name nothing and are never cached."""

import logging
import threading
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from images.http.draining import draining
from images.http.room import shortage
from images.models.tables import differing_migrations
from storage import get_storage
from storage.errors import StorageError

logger = logging.getLogger(__name__)

_migrated = threading.Event()  # set once this process saw that it is so


class ProbedByAnyName:
    """Middleware. A load balancer asks each server by that one's own address, and says it as Host, which is
    none of the library's: to probes it is nothing, for their answers name no host.
    """

    PATHS = ("/healthz", "/readyz")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in self.PATHS:
            request.META["HTTP_HOST"] = "localhost"
        return self.get_response(request)


class _Noted:
    """What the log of this process has of /readyz, which is asked every few seconds."""

    state = "ready"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all. Asks neither database nor store, and takes no lock."""
    return _plain("ok", 200)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 `ready`; 200 `degraded` when not all works as it should, but much does; 503 `draining` before the
    process ends; 503 `not ready` without a database, or with one that lacks tables. Why, the log says, and of
    `degraded` the answer to staff.
    """
    if draining.is_set():
        return _plain("draining", 503)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated():
            _note("not ready: the database is not migrated to this version")
            return _plain("not ready", 503)
        why = _degradation()
        is_told = why and request.user.is_staff
    except DatabaseError as error:
        _note(f"not ready: {error}")
        return _plain("not ready", 503)
    _note(f"degraded: {why}" if why else "ready")
    if not why:
        return _plain("ready", 200)
    return _plain(f"degraded: {why}" if is_told else "degraded", 200)


def _note(state: str) -> None:
    """Log when it begins, and when it ends."""
    if state != _Noted.state:
        _Noted.state = state
        logger.warning("%s", state)


def _is_migrated() -> bool:
    """Whether the database has all tables of this version. Once it has, nobody takes them back."""
    if not _migrated.is_set() and not differing_migrations()[0]:
        _migrated.set()
    return _migrated.is_set()


def _degradation() -> str:
    """Return what does not work as it should, in a sentence, or an empty one."""
    try:
        get_storage().check()
        return get_storage().degradation() or shortage()
    except StorageError as error:
        return f"{error} Images in the cache are served."


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
