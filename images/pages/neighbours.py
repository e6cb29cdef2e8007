"""The images before and after one on its page: in the album or the search one came from, else by upload."""

from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from images.catalogue.access import AnyUser
from images.catalogue.album_pages import album_neighbours, list_of
from images.catalogue.albums import is_unlisted, visible_album
from images.catalogue.links import albums_of
from images.catalogue.lists import ImageList
from images.catalogue.query import Query
from images.catalogue.saved_searches import query_of
from images.catalogue.search import ImageFilter, search_deadline
from images.models import Album, Image
from images.pages.asked import Asked


class Neighbours(NamedTuple):
    """What is before and after, and what their addresses end with: `among` which images they are. There
    leads `address`, of the album with this title or of a search.
    """

    before: Image | None
    after: Image | None
    among: str = ""
    address: str = ""
    title: str = ""


def in_album(album: Album) -> str:
    """Return what the addresses of images end with that one comes to from `album`, or from its search."""
    if not album.search or is_unlisted(album):
        return f"?{urlencode({'album': album.slug})}"
    query = query_of(album) or Query()
    if album.ordering != Album.Ordering.HAND:
        query = replace(query, sort=album.ordering)
    return Asked(QueryDict()).among(query)


def neighbours(request: HttpRequest, image: Image) -> Neighbours:
    """Return the neighbours of `image` among those that the address names. What it names that is not there
    for the person, or is not understood, counts as nothing.
    """
    with search_deadline():
        if set(request.GET) == {"album"}:
            return _in_album(request, image) or _in_all(request, image)
        asked, filters = Asked(request.GET), ImageFilter(request.GET)
        if filters.is_valid() and (among := asked.among(asked.query)):
            images = filters.images(request.user)
            if not images.is_trash:
                return Neighbours(*images.neighbours(image), among, asked.address(asked.query))
        return _in_all(request, image)


def _in_all(request: HttpRequest, image: Image) -> Neighbours:
    return Neighbours(*ImageList(request.user).neighbours(image))


def _in_album(request: HttpRequest, image: Image) -> Neighbours | None:
    """Return the neighbours in the album that the address names, None where that is none of the image's."""
    slug = request.GET["album"]
    albums = {album.slug: album for album in albums_of(request.user, image)}
    album = albums.get(slug) or _unlisted(request.user, slug)
    if not album:
        return None
    filling = list_of(request.user, album) if album.search else None
    there = filling.neighbours(image) if filling else album_neighbours(request.user, album, image)
    return Neighbours(*there, in_album(album), album.get_absolute_url(), album.title)


def _unlisted(user: AnyUser, slug: str) -> Album | None:
    """Return the album of this address that no list has, by which its images lead on."""
    with suppress(Album.DoesNotExist):
        album = visible_album(user, slug)
        return album if is_unlisted(album) else None
    return None
