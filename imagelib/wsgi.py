"""The WSGI application that gunicorn serves."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

from images.concurrency.silence import limit_waits
from images.http.bodies import Bodies
from images.http.request_ids import Identified

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")

_application = Identified(Bodies(get_wsgi_application()))


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer a request, in a thread that waits no longer for the database than a request does."""
    limit_waits()
    return _application(environ, start_response)
