"""Request bodies as the server hands them over (WSGI): chunked ones, and those that nobody reads to the end.

Django reads as many bytes as Content-Length says, so what came without one would be dropped in silence. What
it leaves unread stands in front of the connection's next request.
"""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.core.exceptions import BadRequest
from django.utils.http import parse_header_parameters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FORM_ALLOWANCE = 2**20  # bytes for the other fields of an upload and its multipart framing

SERVER_DRAINS = 2**16  # bytes left unread from which on gunicorn closes the connection, whatever was said


class Bodies:
    """WSGI middleware. Gives a chunked body a length, and has the answer say `Connection: close` when more is
    left of a body than the server reads by itself.
    """

    def __init__(self, application: "WSGIApplication"):
        self.application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        except ValueError:  # Django would not get so far as to refuse it
            environ["CONTENT_TYPE"] = "text/plain; charset=idna"
        if environ.get("HTTP_TRANSFER_ENCODING") and environ.get("wsgi.input_terminated"):
            body = _of_chunks(environ)
        else:
            body = Body(environ["wsgi.input"], _length(environ))
        if not body.left:
            return self.application(environ, start_response)

        close = getattr(environ["wsgi.input"], "close_connection", None)  # deploy/gunicorn.conf.py
        environ["wsgi.input"] = body

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if close and (body.left >= SERVER_DRAINS or body.is_too_large):
                close()
            return start_response(status, headers, exc_info)

        return self.application(environ, start)


class Body(io.RawIOBase):
    """The `left` bytes of a body that are still to be read; 0 after its end."""

    is_too_large = False

    def __init__(self, stream: BinaryIO, length: int):
        self._stream = stream
        self.left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self.left)
        data = self._next(wanted)
        buffer[: len(data)] = data
        self.left = self.left - len(data) if data or not wanted else 0
        return len(data)

    def _next(self, size: int) -> bytes:
        return self._stream.read(size)


class ChunkedBody(Body):
    """A body whose length nobody knows, of which `head` was read: at most `length` bytes."""

    def __init__(self, stream: BinaryIO, length: int, head: bytes):
        super().__init__(stream, length)
        self._head = io.BytesIO(head)

    def _next(self, size: int) -> bytes:
        if data := self._head.read(size):
            return data
        try:
            data = self._stream.read(size)
            if len(data) == self.left and self._stream.read(1):
                self.is_too_large = True
        except OSError:
            raise
        except Exception as error:  # the server's own, for what are no chunks
            raise BadRequest("The chunks of the body are none.") from error
        if self.is_too_large:
            raise BadRequest("The body is larger than an upload may be.")
        return data


def _length(environ: "WSGIEnvironment") -> int:
    length: str = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


def _of_chunks(environ: "WSGIEnvironment") -> Body:
    """Return the body that the server puts together of its chunks, and say its length in `environ`.

    One that is no longer than a form or JSON may be is read at once. Of a longer one, which can only be an
    upload, no more is read before somebody wants it: its length is then the most that it may have.
    """
    stream = environ["wsgi.input"]
    del environ["HTTP_TRANSFER_ENCODING"]  # it is undone
    in_memory: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    head = stream.read(in_memory + 1)
    if len(head) <= in_memory:
        environ["CONTENT_LENGTH"] = str(len(head))
        environ["wsgi.input"] = io.BytesIO(head)
        return Body(environ["wsgi.input"], len(head))
    longest = settings.IMAGELIB_MAX_UPLOAD_BYTES + FORM_ALLOWANCE
    environ["CONTENT_LENGTH"] = str(longest)
    return ChunkedBody(stream, longest, head)
