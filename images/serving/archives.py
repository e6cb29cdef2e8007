"""Archives of originals, made as they are sent.

They are the answers that may fail after their headers: then the connection is cut, before the length that was
said, and nobody takes what arrived for the whole.
"""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from images.concurrency.turns import Turns
from images.errors import InvalidParameter
from images.serving.bags import Bag, safe_name
from storage import get_storage
from storage.errors import StorageError

logger = logging.getLogger(__name__)

AT_ONCE = 2  # in each process: each holds a thread for as long as its client takes
OF_STRANGERS = 1  # of them, so that people have one
MOST = 50_000  # images
FIELDS = ("filename", "hash", "size")  # of an Original
DEADLINE = 20  # seconds, for finding them all
FEW_TURNS = "Other downloads are under way. Please try again in a moment."

turns, turns_of_strangers = Turns(AT_ONCE), Turns(OF_STRANGERS)


@dataclass(frozen=True, slots=True)
class Original:
    """An original as a bag asks for it; `opened` is its reader where it was opened beforehand."""

    filename: str
    hash: str
    size: int
    opened: BinaryIO | None = None

    @property
    def key(self) -> str:
        return self.hash

    def open(self) -> BinaryIO:
        return self.opened or get_storage().open_once(self.key)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes into an archive, and the names of what was left out of it."""

    files: Sequence[Original]
    left_out: Sequence[str] = ()


def originals(values: list[tuple[Any, ...]] | None) -> list[Original]:
    """Return what was chosen, by its FIELDS. Raises InvalidParameter where that is nothing, or too much."""
    if values is None:
        raise InvalidParameter(f"These are more than {MOST} images. Please ask for less.")
    if not values:
        raise InvalidParameter("There are no images to download.")
    return [Original(*facts) for facts in values]


def archive(
    request: HttpRequest, title: str, choose: Callable[[], Chosen], *, is_stranger: bool
) -> HttpResponseBase:
    """Return the archive of what `choose` returns, which is called when it is the caller's turn. The first
    file is there before it begins: what is wrong with the store is said as ever.

    Raises Busy where others download, StorageError, or what `choose` raises.
    """
    with ExitStack() as held:
        held.enter_context(turns.turn(FEW_TURNS))
        if is_stranger:
            held.enter_context(turns_of_strangers.turn(FEW_TURNS))
        chosen = choose()
        files = [*chosen.files]
        bag = Bag(title, files, chosen.left_out)
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
        return response


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
