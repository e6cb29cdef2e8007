"""fetch: a file of the web, bounded in bytes and seconds like any that is sent."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from images.concurrency.turns import Turns
from images.http.room import full_disk_is_no_room, require_room
from images.imaging.formats import too_many_bytes
from images.ingest.fetching.connections import answer
from images.ingest.fetching.network import Deadline, Network
from images.ingest.fetching.resolution import TOO_MANY
from images.ingest.fetching.targets import Target

SECONDS = 30  # that all of it has, from the first look-up to the last byte
AT_ONCE = 4  # in each process, of its 16 threads or so
REDIRECTS = 5  # that are followed
REDIRECTING = (301, 302, 303, 307, 308)
CHUNK = 2**16

INTERNET = Network()

logger = logging.getLogger(__name__)
turns = Turns(AT_ONCE)


def fetch(target: Target, network: Network = INTERNET) -> IO[bytes]:
    """Return the file that `target`, or where it leads, gives. Whoever gets it closes it; it has no name on
    disk.

    Raises ValidationError in a sentence that does not tell who within a network is there, ImageTooLarge, and
    Busy while others are fetched or a disk is nearly full.
    """
    with ExitStack() as opened:
        file = opened.enter_context(tempfile.TemporaryFile())
        with turns.turn(_(TOO_MANY)):
            _fetch_into(file, target, network)
        file.seek(0)
        opened.pop_all()
        return file


def _fetch_into(file: IO[bytes], target: Target, network: Network) -> None:
    deadline = Deadline(SECONDS)
    nothing = _("Nothing can be fetched from this address: it does not answer, or is not public.")
    for _step in range(REDIRECTS + 1):
        try:
            response = answer(target, network, deadline)
        except (OSError, HTTPException) as error:
            logger.info("Fetched nothing from %s: %s", target.without_query, error)
            raise ValidationError(nothing) from None
        with response:
            location = response.getheader("Location")
            if location is None or response.status not in REDIRECTING:
                size = _receive(file, response, target)
                logger.info("Fetched %s bytes from %s.", size, target.without_query)
                return
        nothing = _("This address leads on to one from which nothing can be fetched.")
        try:
            target = target.redirected(location)
        except ValidationError:
            raise ValidationError(nothing) from None
    raise ValidationError(_("This address leads on too often."))


def _receive(file: IO[bytes], response: HTTPResponse, target: Target) -> int:
    """Write the body of `response` to `file`; return its size in bytes."""
    if response.status != 200:
        raise ValidationError(
            _("The server of this address answered %(status)s and gave no file."),
            params={"status": response.status},
        )
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise ValidationError(
            _("The server of this address sends the file compressed, which nobody asked for.")
        )
    limit, size = settings.IMAGELIB_MAX_UPLOAD_BYTES, 0
    announced = limit if response.length is None else response.length
    if announced > limit:
        raise too_many_bytes(limit)
    require_room(announced)
    for piece in _pieces(response, target):
        size += len(piece)
        if size > limit:
            raise too_many_bytes(limit)
        with full_disk_is_no_room():
            file.write(piece)
    return size


def _pieces(response: HTTPResponse, target: Target) -> Iterator[bytes]:
    try:
        while piece := response.read1(CHUNK):  # `read` would wait until so much is there
            yield piece
        if response.length:
            raise IncompleteRead(b"", response.length)
    except (OSError, HTTPException) as error:
        logger.info("Fetched no whole file from %s: %s", target.without_query, error)
        raise ValidationError(_("The file did not arrive whole.")) from None
