"""Caches in front of the library: they are told to forget an image that fewer people may see from now on.

By itself each forgets within a minute (serving/responses.py). IMAGELIB_CDN_PURGE names those that take PURGE.
"""

import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django_tasks import task

from images.catalogue.access import stricter
from images.errors import Undelivered
from images.iiif.pyramid import listed_sizes
from images.models import Image, Rendition

PRIORITY = 90  # of the task: what is taken down comes before all else
TIMEOUT = 5  # seconds, to connect and for each read of an answer
DEADLINE = 120  # seconds that one cache has for all addresses of an image, within the lease
LEFT_ALONE_SECONDS = 60  # that a process leaves a cache alone which did not answer it in time
MOST_SAID = 64 * 1024  # bytes of an answer, which nobody reads

_left_alone: dict[str, float] = {}  # origins, each until this time.monotonic()

State = Mapping[str, Any]  # what catalogue.history keeps of an image


def tell_caches(before: Mapping[str, State], after: Mapping[str, State]) -> None:
    """Enqueue, within the transaction that narrows who sees them, that the images are forgotten."""
    if not settings.IMAGELIB_CDN_PURGE:
        return
    narrowed = [pk for pk, was in before.items() if pk in after and _is_narrower(was, after[pk])]
    if narrowed:
        for pk, width, height in Image.objects.filter(pk__in=narrowed).values_list("pk", "width", "height"):
            for origin in settings.IMAGELIB_CDN_PURGE:
                forget_image.enqueue(str(pk), origin, width, height)


@task(priority=PRIORITY)
def forget_image(image_id: str, origin: str, width: int, height: int) -> None:
    """Send PURGE to the cache at `origin` for each address that bytes of the image are kept under, and the
    tag that its answers have, by which a cache that knows tags forgets all at once. Raises Undelivered, for a
    while at once when it kept somebody waiting: a worker has other things to do.

    The original, the listed sizes and the tiles that were drawn; others, of which there is no end, end by
    themselves.
    """
    if origin not in settings.IMAGELIB_CDN_PURGE:  # any more
        return
    if time.monotonic() < _left_alone.get(origin, 0):
        raise Undelivered("The cache did not answer a moment ago.")
    public = settings.IMAGELIB_PUBLIC_URL
    headers = {"Cache-Tag": image_id, "Host": (public or urlsplit(origin)).netloc}
    connection, until = _connection(origin), time.monotonic() + DEADLINE
    try:
        for address in addresses(UUID(image_id), width, height):
            if time.monotonic() > until:
                _leave_alone(origin)
                raise Undelivered("The cache took longer than it has for one image.")
            connection.request("PURGE", address, headers=headers)
            answer = connection.getresponse()
            if (
                answer.status not in range(200, 300) and answer.status != 404
            ):  # which some say of what they lack
                raise Undelivered(f"The cache answered PURGE with {answer.status}.")
            answer.read(MOST_SAID)
            if not answer.isclosed():
                connection.close()  # the next request opens another
    except (OSError, HTTPException) as error:
        if not isinstance(error, ConnectionError):  # which is soon known: no port, a server that starts
            _leave_alone(origin)
        raise Undelivered(f"The cache did not answer PURGE: {type(error).__name__}.") from None
    finally:
        connection.close()


def _leave_alone(origin: str) -> None:
    _left_alone[origin] = time.monotonic() + LEFT_ALONE_SECONDS


def addresses(image_id: UUID, width: int, height: int) -> Iterator[str]:
    """Yield the paths that pages and programs ask for, and caches may have: the original first. `max` is
    asked for by its pixels, too, by readers of info.json.
    """
    yield reverse("image-file", args=[image_id])
    specs = {*map(str, listed_sizes(width, height))}
    drawn = Rendition.objects.filter(image=image_id)
    for spec, across, down in drawn.values_list("spec", "width", "height"):
        specs |= {spec, spec.replace("/max/", f"/{across},{down}/")}
    for spec in sorted(specs):
        yield reverse("iiif-rendition", args=[image_id, spec])


def _is_narrower(before: State, after: State) -> bool:
    was, now = _audience(before), _audience(after)
    return was != now and stricter(was, now) == now


def _audience(state: State) -> str:
    visibility: str = state["visibility"][0]
    return Image.Visibility.PRIVATE if state["trashed"] else visibility


def _connection(origin: str) -> HTTPConnection:
    url = urlsplit(origin)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    return kind(url.netloc, timeout=TIMEOUT)
