"""Answers a request for bytes as HTTP asks. Pure HTTP: sees no model and no storage.

RFC 9110 (conditions 13, ranges 14), RFC 9111 (caching), RFC 8246 (immutable), RFC 9213 (CDN-Cache-Control),
RFC 9530 (Repr-Digest).
"""

import base64
import io
import re
from typing import Any, BinaryIO, Protocol

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import content_disposition_header

from images.errors import RangeNotSatisfiable
from images.http.caching import NOINDEX
from images.http.conditions import is_known

PRIVATE = "private, no-cache"
PUBLIC = {
    "Cache-Control": "public, max-age=31536000, immutable",  # for browsers
    # Each cache before them keeps a public answer for a minute, and is told so by the header that it reads.
    "X-Accel-Expires": "60",  # the nginx in front, which passes it on to nobody
    "CDN-Cache-Control": "public, max-age=60",
    "Surrogate-Control": "max-age=60",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
WHOLE_BODY = 2**20  # bytes; up to this a body in memory is faster than a streamed one

# A file opened by itself is a document of its own: it may run nothing and reach nothing.
DOCUMENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

# One range of bytes: `first-last`, `first-` or `-length`. The bound is what int() reads of digits.
ONE_RANGE = re.compile(r"bytes=[ \t]*(?!-[ \t]*$)(\d{0,4000})-(\d{0,4000})[ \t]*", re.IGNORECASE | re.ASCII)


class Content(Protocol):
    """Bytes with an identity: what can be served."""

    @property
    def hash(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def mime_type(self) -> str: ...

    @property
    def filename(self) -> str: ...

    @property
    def audience(self) -> str: ...  # public, unlisted (who has the address), or private

    def open(self) -> BinaryIO: ...

    def read(self) -> bytes: ...


def serve(request: HttpRequest, content: Content, tag: str) -> HttpResponseBase:
    """Return 200, 206 or 304 for a GET or HEAD of `content`. Only a 200 or 206 to a GET opens the bytes.

    Caches that can be asked to forget know what is public by its `tag`.

    Raises PreconditionFailed or RangeNotSatisfiable, or what opening the bytes raises.
    """
    asked = request.META
    etag = f'"{content.hash}"'
    if is_known(asked, request.method, etag, "The file is not the one that If-Match names."):
        return HttpResponseNotModified(headers={"ETag": etag} | _audience(content, tag))

    headers = {"ETag": etag}
    headers["Content-Type"] = content.mime_type
    headers["Content-Length"] = str(content.size)
    headers["Content-Disposition"] = content_disposition_header(False, content.filename) or "inline"
    headers["Accept-Ranges"] = "bytes"
    headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(content.hash)).decode()}:"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = DOCUMENT_POLICY
    if request.method == "HEAD":
        return HttpResponse(headers=headers | _audience(content, tag))
    if "HTTP_RANGE" in asked and asked.get("HTTP_IF_RANGE", etag) == etag:
        chosen = chosen_range(asked["HTTP_RANGE"], content.size)
        if chosen:
            return _part(content, tag, chosen, headers)
    # The audience is asked for last: to open the bytes may take long, and the content be hidden meanwhile.
    if content.size <= WHOLE_BODY:
        body = content.read()
        return HttpResponse(body, headers=headers | _audience(content, tag))
    file = content.open()
    return _Stream(file, headers=headers | _audience(content, tag))


def _audience(content: Content, tag: str) -> dict[str, str]:
    """Return what is said of who may keep the answer, and whose pages may read it."""
    match content.audience:
        case "public":
            return PUBLIC | {"Cache-Tag": tag}
        case "unlisted":
            return PUBLIC | NOINDEX | {"Cache-Tag": tag}
    return {"Cache-Control": PRIVATE, "Cross-Origin-Resource-Policy": "same-origin"}


def chosen_range(header: str, size: int) -> range | None:
    """Return the bytes of `size` that a Range header asks for, or None when it is to be ignored: of another
    unit, malformed, or several ranges at once (RFC 9110, 14.2). Raises RangeNotSatisfiable.
    """
    match = ONE_RANGE.fullmatch(header)
    if not match:
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes; more than there are means all
        chosen = range(max(0, size - int(last)), size)
    elif last and int(last) < int(first):
        return None  # malformed, says 14.1.1
    else:
        chosen = range(int(first), min(int(last) + 1, size) if last else size)
    if not chosen:
        raise RangeNotSatisfiable(size)
    return chosen


def _part(content: Content, tag: str, chosen: range, headers: dict[str, str]) -> HttpResponseBase:
    headers["Content-Length"] = str(len(chosen))
    headers["Content-Range"] = f"bytes {chosen[0]}-{chosen[-1]}/{content.size}"
    file = _Slice(content.open(), chosen)
    return _Stream(file, status=206, headers=headers | _audience(content, tag))


class _Slice(io.RawIOBase):
    """The `chosen` bytes of a seekable file, itself a file so that the server can use sendfile."""

    def __init__(self, file: BinaryIO, chosen: range):
        self._file, self._left = file, len(chosen)
        file.seek(chosen.start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(min(len(buffer), self._left))
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)  # where in the whole file: sendfile's own coordinates

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
        super().close()


class _Stream(FileResponse):
    """A body sent as it is read. Its headers come from `serve`, not from the file, whose name is a key."""

    block_size = 64 * 1024

    def set_headers(self, filelike: BinaryIO) -> None:
        pass
