"""Answers a request for bytes as HTTP asks (RFC 9110, 9111). Pure HTTP: sees no model and no storage."""

from typing import BinaryIO, Protocol

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

PUBLIC = "public, max-age=31536000, immutable"
PRIVATE = "private, no-cache"
PROXY_SECONDS = "60"  # how long the nginx in front may keep a public answer; only it reads this header
WHOLE_BODY = 2**20  # bytes; up to this a body in memory is faster than a streamed one

# A file opened by itself is a document of its own: it may run nothing and reach nothing.
DOCUMENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class PreconditionFailed(Exception):
    """The request asked for another version of the bytes than there is (RFC 9110, 13.1.1)."""


class Content(Protocol):
    """Bytes with an identity: what can be served."""

    hash: str
    size: int
    mime_type: str
    filename: str
    is_public: bool

    def open(self) -> BinaryIO: ...

    def read(self) -> bytes: ...


def serve(request: HttpRequest, content: Content) -> HttpResponse:
    """Return 200 or 304 for a GET or HEAD of `content`. A 304 and a HEAD never open the bytes.

    Raises PreconditionFailed, or what opening the bytes raises.
    """
    headers = {
        "ETag": f'"{content.hash}"',
        "Cache-Control": PUBLIC if content.is_public else PRIVATE,
    }
    if content.is_public:
        headers["X-Accel-Expires"] = PROXY_SECONDS
    answer = get_conditional_response(request, etag=headers["ETag"])
    if answer is not None:
        if answer.status_code == 412:
            raise PreconditionFailed("The file is not the one that If-Match names.")
        for name, value in headers.items():
            answer[name] = value
        return answer
    headers |= {
        "Content-Type": content.mime_type,
        "Content-Length": str(content.size),
        "Content-Disposition": content_disposition_header(False, content.filename),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": DOCUMENT_POLICY,
    }
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    if content.size <= WHOLE_BODY:
        return HttpResponse(content.read(), headers=headers)
    return _Stream(content.open(), headers=headers)


class _Stream(FileResponse):
    """A body sent as it is read. Its headers come from `serve`, not from the file, whose name is a key."""

    def set_headers(self, filelike: BinaryIO) -> None:
        pass
