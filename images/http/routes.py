"""Requests, counted by the name of their route, never by their address: of those there is no end."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from prometheus_client import Counter, Histogram

from images.concurrency.queries import counted

ROUTE = "imagelib.route"  # in the environment of a request (PEP 3333)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REQUESTS = Counter(
    "imagelib_http_requests_total", "Requests answered, by route.", ["route", "method", "status"]
)
SECONDS = Histogram(
    "imagelib_http_request_seconds",
    "From the head of a request to the last byte of its answer, by route and kind of status.",
    ["route", "method", "status"],  # 2xx and so on: one histogram for each status would be many
    buckets=(0.005, 0.025, 0.1, 0.5, 2, 10),
)


class NoteRoutes:
    """Middleware. Notes the route of what passes the whole of MIDDLEWARE, and has its queries counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with counted():
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        if request.resolver_match:
            note(request, request.resolver_match)


def note(request: HttpRequest, match: ResolverMatch) -> None:
    """Have the request counted under the name of the route that was found for it."""
    request.META[ROUTE] = match.view_name


def count(route: str, path: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was answered. Files of pages, and what no route names, are one route each."""
    if not route:
        route = "static" if path.startswith(settings.STATIC_URL) else "none"
    if method not in METHODS:
        method = "other"
    requests, latency = _series(route, method, status)
    requests.inc()
    latency.observe(seconds)


@lru_cache(4096)
def _series(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Return what counts such requests: to look it up takes longer than to count."""
    return REQUESTS.labels(route, method, str(status)), SECONDS.labels(route, method, f"{status // 100}xx")
