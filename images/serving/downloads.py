"""Downloads: the originals of a selection, an album or a search, in one archive."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from images.accounts.authentication import resolve_user
from images.accounts.members import require_member
from images.catalogue.access import AnyUser, visible_images
from images.catalogue.album_pages import album_values
from images.catalogue.albums import visible_albums
from images.catalogue.search import ImageFilter
from images.concurrency.deadlines import query_deadline
from images.errors import InvalidParameter
from images.http.error_pages import refusal_as_accepted
from images.http.problems import answers_problems
from images.models import Album
from images.serving.archives import DEADLINE, FIELDS, MOST, Chosen, archive, originals

MOST_NAMED = 10_000  # images, one by one, as for other actions
BATCH = 500  # rows that are read at once

# The FIELDS of the images, None where they are more than can be.
Find = Callable[[], list[tuple[Any, ...]] | None]
answers = answers_problems(allow=("GET", "HEAD", "POST"), refuse=refusal_as_accepted)


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


def _archive(request: HttpRequest, user: AnyUser, title: str, find: Find) -> HttpResponseBase:
    def choose() -> Chosen:
        with query_deadline(DEADLINE):
            return Chosen(originals(find()))

    response = archive(request, title, choose, is_stranger=not user.is_authenticated)
    patch_vary_headers(response, ("Cookie", "Authorization"))
    return response


def _values_of(user: AnyUser, ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    """Return the FIELDS of the images of these ids that `user` sees, in their order."""
    values = []
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = visible_images(user).filter(pk__in=batch).order_by()
        found = {pk: facts for pk, *facts in rows.values_list("pk", *FIELDS)}
        values += [tuple(found[pk]) for pk in batch if pk in found]
    return values
