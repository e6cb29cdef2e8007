"""The id of a request: in its answer, and in every line of the log that it causes."""

import os
import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SAID = re.compile(r"[A-Za-z0-9._-]{1,64}")

current: ContextVar[str] = ContextVar("request_id", default="")  # of the request that the thread is at


def failed_request(status: int) -> str:
    """Return the id by which the log has a request that the server fails with `status`; empty for a refusal,
    for what is hidden answers, byte for byte, as what is absent.
    """
    return current.get() if status >= 500 else ""


class Identified:
    """WSGI middleware. Takes the id that the request brings (`X-Request-ID`), or makes one, and says it in
    the answer's head. Only failures of the server say it in the body, too (`images.http.problems`).
    """

    def __init__(self, application: "WSGIApplication"):
        self.application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        said = environ.get("HTTP_X_REQUEST_ID", "")
        identity = said if SAID.fullmatch(said) else os.urandom(16).hex()
        current.set(identity)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("X-Request-ID", identity)], exc_info)

        return self.application(environ, start)
