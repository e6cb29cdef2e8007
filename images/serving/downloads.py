"""Downloads: the originals of a selection, an album or a search, in one archive that is made as it is sent.

It is the one answer that may fail after its headers: then the connection is cut, before the length that was
said, and nobody takes what arrived for the whole.
"""

import json
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt

from images.accounts.authentication import resolve_user
from images.accounts.members import require_member
from images.catalogue.access import AnyUser, visible_images
from images.catalogue.album_pages import album_values
from images.catalogue.albums import visible_albums
from images.catalogue.search import ImageFilter
from images.concurrency.deadlines import query_deadline
from images.concurrency.turns import Turns
from images.errors import InvalidParameter
from images.http.error_pages import refusal_as_accepted
from images.http.problems import answers_problems
from images.models import Album
from images.serving.bags import Bag, safe_name
from storage import get_storage
from storage.errors import StorageError

logger = logging.getLogger(__name__)

AT_ONCE = 2  # in each process: each holds a thread for as long as its client takes
OF_STRANGERS = 1  # of them, so that people have one
MOST = 50_000  # images
MOST_NAMED = 10_000  # one by one, as for other actions
FIELDS = ("filename", "hash", "size")  # of an Original
BATCH = 500  # rows that are read at once
DEADLINE = 20  # seconds, for finding them all
FEW_TURNS = "Other downloads are under way. Please try again in a moment."

turns, turns_of_strangers = Turns(AT_ONCE), Turns(OF_STRANGERS)

# The FIELDS of the images, None where they are more than can be.
Chosen = Callable[[], list[tuple[Any, ...]] | None]
answers = answers_problems(allow=("GET", "HEAD", "POST"), refuse=refusal_as_accepted)


@dataclass(frozen=True, slots=True)
class Original:
    """An original as a bag asks for it; `opened` is its reader where it was opened beforehand."""

    filename: str
    hash: str
    size: int
    opened: BinaryIO | None = None

    def open(self) -> BinaryIO:
        return self.opened or get_storage().open_once(self.hash)


@csrf_exempt  # nothing is changed, and another site's form comes without the session's cookie
@answers
def download_images(request: HttpRequest) -> HttpResponseBase:
    """The images that the address asks for as the list does; by POST those that the body names, where it does
    not ask for `every` one.
    """
    user, title = resolve_user(request), f"images-{datetime.now(UTC):%Y-%m-%d}"
    if ids := _named(request):
        return _archive(request, user, title, partial(_values_of, user, ids))
    require_member(user)
    filters = ImageFilter(request.GET)
    if not filters.is_valid():
        errors = {name: [str(error) for error in found] for name, found in filters.errors.items()}
        raise InvalidParameter("The request is not valid.", errors=errors, offset=filters.search_offset)
    images = filters.images(user)
    if images.is_trash:
        raise InvalidParameter("What is in the trash is not downloaded.")
    return _archive(request, user, title, partial(images.values, MOST, *FIELDS, is_patient=True))


@csrf_exempt  # as above
@answers
def download_album(request: HttpRequest, album_id: UUID) -> HttpResponseBase:
    """The images of an album that the person sees, in its order. A form may come by POST."""
    user = resolve_user(request)
    try:
        album = visible_albums(user).get(pk=album_id)
    except Album.DoesNotExist:
        require_member(user)  # nobody is told which there are
        raise
    values = partial(album_values, user, album, MOST, *FIELDS, is_patient=True)
    return _archive(request, user, album.title, values)


def _named(request: HttpRequest) -> list[UUID]:
    """Return the images that the body names, none where the address says which. Raises InvalidParameter."""
    if request.method != "POST" or request.POST.get("every"):
        return []
    try:
        if request.content_type == "application/json":
            said = json.loads(request.body)["images"]
        else:
            said = request.POST.getlist("images")
        ids = [UUID(each) for each in dict.fromkeys(said)]
    except (ValueError, TypeError, LookupError, AttributeError):
        raise InvalidParameter("The body names no images by their ids.") from None
    if not ids:
        raise InvalidParameter("Choose at least one image.")
    if len(ids) > MOST_NAMED:
        raise InvalidParameter(f"Name at most {MOST_NAMED} images.")
    return ids


def _archive(request: HttpRequest, user: AnyUser, title: str, chosen: Chosen) -> HttpResponseBase:
    """Return the archive of what was chosen. Its first original is there before it begins: what is wrong with
    the store is said as ever.
    """
    with ExitStack() as held:
        held.enter_context(turns.turn(FEW_TURNS))
        if not user.is_authenticated:
            held.enter_context(turns_of_strangers.turn(FEW_TURNS))
        with query_deadline(DEADLINE):
            files = originals(chosen())
        bag = Bag(title, files)
        response: HttpResponseBase
        if request.method == "HEAD":
            response = HttpResponse()
        else:
            first = held.enter_context(files[0].open())
            files[0] = replace(files[0], opened=first)
            response = StreamingHttpResponse(_Sent(bag, held.pop_all()))
        response["Content-Type"] = "application/zip"
        response["Content-Length"] = str(len(bag))
        response["Content-Disposition"] = content_disposition_header(True, f"{safe_name(title)}.zip") or ""
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        patch_vary_headers(response, ("Cookie", "Authorization"))
        return response


def originals(values: list[tuple[Any, ...]] | None) -> list[Original]:
    """Return what was chosen. Raises InvalidParameter where that is nothing, or too much."""
    if values is None:
        raise InvalidParameter(f"These are more than {MOST} images. Please ask for less.")
    if not values:
        raise InvalidParameter("There are no images to download.")
    return [Original(*facts) for facts in values]


def _values_of(user: AnyUser, ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    """Return the FIELDS of the images of these ids that `user` sees, in their order."""
    values = []
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = visible_images(user).filter(pk__in=batch).order_by()
        found = {pk: facts for pk, *facts in rows.values_list("pk", *FIELDS)}
        values += [tuple(found[pk]) for pk in batch if pk in found]
    return values


class _Sent:
    """The pieces of a bag, and what is held until they are sent or nobody wants them any more."""

    def __init__(self, bag: Bag, held: ExitStack):
        self._pieces, self._held = self._read(bag), held

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        self._pieces.close()
        self._held.close()

    def _read(self, bag: Bag) -> Generator[bytes]:
        try:
            yield from bag
        except StorageError as error:
            logger.error("a download is cut: %s", error)
            raise
