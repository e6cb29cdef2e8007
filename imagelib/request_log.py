"""One line of the log for each request: what was asked, what was answered, and how long it took. Here it is
counted, too.

It says neither who asked nor from which address, nor what was searched for: the proxy in front knows of
addresses, and the id of the request finds its line there. Lines are written many at once, by the worker's
loop: each by itself, through `logging`, took a quarter of the time that a small image takes.
"""

import json
import sys
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger

from images.http import routes
from images.http.request_ids import current
from images.http.secrecy import masked

NAME = "imagelib.requests"

_answered: deque[tuple[str, tuple[float, str, str, str, int, int, timedelta]]] = deque()


class RequestLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger, which is told of each request when its answer was sent, or when it refuses one
    by itself, which then has no id.
    """

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Leave out who sent what is no request, and what it says."""
        if msg.startswith("Invalid request from ip="):
            msg = "A client sent what is no request, and was refused."
        super().warning(msg, *args, **kwargs)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        super().access(resp, req, environ, request_time)
        method, uri = environ["REQUEST_METHOD"], environ["RAW_URI"]
        answer = int(resp.status[:3]), resp.sock.sent
        line = time.time(), current.get(), method, uri, *answer, request_time
        _answered.append((environ.get(routes.ROUTE, ""), line))


def write() -> None:
    """Count all that was answered since the last time, and write the lines of it."""
    form = _as_json if settings.IMAGELIB_LOG_FORMAT == "json" else _as_text
    lines = []
    for _ in range(len(_answered)):
        route, line = _answered.popleft()
        _, _, method, uri, status, _, took = line
        routes.count(route, uri, method, status, took.total_seconds())
        lines.append(form(*line))
    if lines:
        with suppress(OSError):  # a full disk, or nobody who reads: no reason not to serve
            sys.stderr.write("".join(lines))
            sys.stderr.flush()


def _as_text(
    moment: float, identity: str, method: str, uri: str, status: int, sent: int, took: timedelta
) -> str:
    when = f"{_second(int(moment))},{int(moment % 1 * 1000):03}"
    line = f"{when} INFO {NAME}: {_message(method, uri, status, sent, took)}"
    return f"{line} [{identity}]\n" if identity else f"{line}\n"


def _as_json(
    moment: float, identity: str, method: str, uri: str, status: int, sent: int, took: timedelta
) -> str:
    entry: dict[str, Any] = {
        "time": datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds"),
        "level": "INFO",
        "logger": NAME,
        "message": _message(method, uri, status, sent, took),
        "method": method,
        "path": _path(uri),
        "status": status,
        "bytes": sent,  # with the head
        "milliseconds": round(took / timedelta(milliseconds=1), 1),
    }
    if identity:
        entry["request_id"] = identity
    return json.dumps(entry) + "\n"


def _message(method: str, uri: str, status: int, sent: int, took: timedelta) -> str:
    return f"{method} {_path(uri)} {status} {sent} bytes {took / timedelta(milliseconds=1):.1f} ms"


def _path(uri: str) -> str:
    return masked(uri.partition("?")[0])


@lru_cache(2)
def _second(seconds: int) -> str:
    """Return a time as `logging` writes it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
