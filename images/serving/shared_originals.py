"""The originals of a share link whose maker lets them be downloaded: one, and all in one archive. Where they
were taken is another thing that a maker lets be known; else there are copies without.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from images.accounts.visits import find_shared
from images.catalogue.shares import Shared
from images.concurrency.deadlines import query_deadline
from images.errors import Busy, Unstrippable
from images.http.error_pages import refusal_as_accepted
from images.http.problems import answers_problems
from images.ingest.unlocated import SPEC, unlocated
from images.models import Image, Rendition, ShareLink
from images.renditions.store import forget
from images.renditions.stored import StoredRendition
from images.serving.archives import DEADLINE, FIELDS, MOST, Chosen, Original, archive, originals
from images.serving.responses import serve
from images.serving.shares import StillShared
from images.serving.views import byte_view
from storage.errors import CorruptObject, ObjectNotFound
from storage.keys import rendition_key

BATCH = 500  # copies that are looked up at once
COPYING_SECONDS = 20  # after which one request begins no other copy
BEING_COPIED = "Copies without the places are being made. Please try again in a moment."


@dataclass(frozen=True)
class Unlocated(Original):
    """A copy without the place in the stead of an original."""

    image_id: UUID | None = None

    @property
    def key(self) -> str:
        return rendition_key(self.hash)

    def open(self) -> BinaryIO:
        try:
            return super().open()
        except (ObjectNotFound, CorruptObject):  # too late for this download; the next has another
            Rendition.objects.filter(image=self.image_id, spec=SPEC, hash=self.hash).delete()
            raise


@byte_view
def serve_shared_file(request: HttpRequest, secret: str, name: UUID) -> HttpResponseBase:
    """The original of an image that the link shows."""

    def shown() -> Image:
        return _downloadable(request, secret).image(name)

    started = time.monotonic()
    shared = _downloadable(request, secret)
    image = shared.image(name)
    if shared.share.may_locate or not image.has_location:
        response = serve(request, StillShared(image, shown, started), "")
    else:
        copy = unlocated(image)
        try:
            response = serve(request, StillShared(copy, shown, started), "")
        except (ObjectNotFound, CorruptObject):
            forget(copy)
            response = serve(request, StillShared(unlocated(image), shown, started), "")
    return _varied(shared, response)


@answers_problems(allow=("GET", "HEAD"), refuse=refusal_as_accepted)
def download_share(request: HttpRequest, secret: str) -> HttpResponseBase:
    """All that the link shows, in its order."""
    shared = _downloadable(request, secret)
    title = shared.share.album.title if shared.share.album else f"images-{datetime.now(UTC):%Y-%m-%d}"
    return _varied(shared, archive(request, title, lambda: _chosen(shared), is_stranger=True))


def _downloadable(request: HttpRequest, secret: str) -> Shared:
    """Return what the link shows. Raises ShareLink.DoesNotExist, also where it may not be downloaded."""
    shared = find_shared(request, secret)
    if not shared.share.may_download:
        raise ShareLink.DoesNotExist("Its originals are not to be had.")
    return shared


def _chosen(shared: Shared) -> Chosen:
    """Return the originals, and copies of those that say where they were taken. Raises Busy where more copies
    are to be made than one request makes; the next one goes on.
    """
    with query_deadline(DEADLINE):
        values = shared.values(MOST, "pk", "has_location", *FIELDS)
    files = originals(values and [one[2:] for one in values])
    if shared.share.may_locate or not values:
        return Chosen(files)
    copies = _copies([pk for pk, has_location, *_ in values if has_location])
    missing = (pk for pk, has_location, *_ in values if has_location and pk not in copies)
    deadline = time.monotonic() + COPYING_SECONDS
    for number, pk in enumerate(missing):
        if number and time.monotonic() >= deadline:
            raise Busy(BEING_COPIED)
        with suppress(Unstrippable, Image.DoesNotExist):  # or purged meanwhile
            copies[pk] = unlocated(Image.objects.get(pk=pk))
    chosen, left_out = list[Original](), list[str]()
    for (pk, has_location, *_), original in zip(values, files, strict=True):
        if not has_location:
            chosen.append(original)
        elif copy := copies.get(pk):
            chosen.append(Unlocated(original.filename, copy.hash, copy.size, image_id=pk))
        else:
            left_out.append(original.filename)
    if not chosen:
        raise Unstrippable("The metadata of these files cannot be taken out without loss.")
    return Chosen(chosen, left_out)


def _copies(ids: Sequence[UUID]) -> dict[UUID, Rendition | StoredRendition]:
    """Return the copies of these images that there are."""
    found = dict[UUID, Rendition | StoredRendition]()
    for start in range(0, len(ids), BATCH):
        rows = Rendition.objects.filter(image__in=ids[start : start + BATCH], spec=SPEC)
        found |= {row.image_id: row for row in rows.order_by()}
    return found


def _varied(shared: Shared, response: HttpResponseBase) -> HttpResponseBase:
    if shared.share.password:
        patch_vary_headers(response, ("Cookie",))
    return response
