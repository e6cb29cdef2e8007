"""GET /api/schema: the OpenAPI document, made once in each process."""

import functools
import hashlib
import threading
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.encoding import force_bytes
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from images.api.openapi import Schema
from images.http.conditions import is_known

_making = threading.Lock()


class SchemaView(SpectacularAPIView):
    """The same for everyone, so nobody is asked who they are; in the format of Accept or `?format=`."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        with _making:  # those who come at once wait for one document
            body, etag = _document(renderer.format)
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if is_known(request.META, request.method, etag, "The document is another."):
            return HttpResponseNotModified(headers=headers | {"Content-Length": str(len(body))})
        headers["Content-Disposition"] = f'inline; filename="{spectacular_settings.TITLE}.{renderer.format}"'
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        return HttpResponse(body, content_type=renderer.media_type + charset, headers=headers)


@functools.cache
def _document(format_: str) -> tuple[bytes, str]:
    """Return the document as YAML or JSON, and its ETag."""
    renderers = {renderer.format: renderer for renderer in SchemaView.renderer_classes}
    body = force_bytes(renderers[format_]().render(_schema(), None, {}))
    return body, f'"{hashlib.sha256(body).hexdigest()}"'


@functools.cache
def _schema() -> Schema:
    schema: Schema = SchemaGenerator().get_schema(request=None, public=True)
    return schema
