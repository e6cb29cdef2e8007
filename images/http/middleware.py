"""Before the views, a body that nobody could take is refused; after them, errors become problems."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from images.errors import NoRoom
from images.http.bodies import FORM_ALLOWANCE
from images.http.error_pages import refusal
from images.http.problems import describe, headers_of
from images.http.room import require_room
from images.imaging.formats import too_many_bytes

ASCII = bytes(range(128))


class RefuseBodies:
    """Answers 413, or 503 when the disks have no room for it, by Content-Length alone, before anything parses
    or spools the body; a chunked one is read up to the limit. Answers 400 to what Django would take for an
    empty body, or could not decode.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.META.get("HTTP_TRANSFER_ENCODING"):  # http/bodies.py leaves it where it can undo nothing
            return refusal(request, "validation_error", "Please send the body with its Content-Length.")
        if request.encoding and not _is_charset(request.encoding):  # Django knows it, of whatever kind it is
            return refusal(request, "validation_error", "The body's charset is none for text.")
        limit = settings.IMAGELIB_MAX_UPLOAD_BYTES
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if length.isdecimal() else 0
        if size > limit + FORM_ALLOWANCE:
            return refusal(request, "image_too_large", str(too_many_bytes(limit)))
        if size > FORM_ALLOWANCE:  # files go to the disk; smaller bodies are judged by ingest
            try:
                require_room(size)
            except NoRoom as error:
                return refusal(request, "busy", str(error), headers_of(error))
        response = self.get_response(request)
        if getattr(request.META["wsgi.input"], "is_too_large", False):
            return refusal(request, "image_too_large", str(too_many_bytes(limit)))
        return response


def _is_charset(codec: str) -> bool:
    """Whether `codec` is for text, and ASCII is ASCII in it, as in every charset of forms: some compress, and
    some know no replacement for a byte that is no character.
    """
    try:
        b"\xff".decode(codec, "replace")
        return ASCII.decode(codec) == ASCII.decode()
    except (LookupError, UnicodeError):
        return False


class AnswerProblems:
    """Errors of the views for people become what the table says, as those of the views for programs do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        described = describe(error)
        return refusal(request, *described, headers_of(error)) if described else None
