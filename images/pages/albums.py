"""The pages of albums: all of them, and one with its images in its order."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from images.catalogue.album_pages import album_page
from images.catalogue.album_pages import ordering_of_album as order_of
from images.catalogue.albums import (
    count_of,
    covers,
    may_change_album,
    sees_all,
    visible_album,
    visible_albums,
)
from images.catalogue.cursors import page_at
from images.catalogue.query import Field, Query
from images.catalogue.query.nodes import Choice
from images.catalogue.search import search_deadline
from images.http.caching import personal
from images.models import Album
from images.pages.asked import Asked, album_field, narrowed
from images.pages.paging import requested_cursor
from images.pages.timeline import Day

ALBUMS_ON_A_PAGE = 60
BY_TITLE = "key"


@require_safe
@personal
def albums(request: HttpRequest) -> HttpResponse:
    """The albums that exist for the person, page after page."""
    page = page_at(
        visible_albums(request.user), BY_TITLE, requested_cursor(request, BY_TITLE), ALBUMS_ON_A_PAGE
    )
    seen = covers(request.user, page.rows) if page.rows else {}
    rows = [(album, count_of(request.user, album), seen.get(album.pk)) for album in page.rows]
    return render(request, "albums/albums.html", {"page": page, "albums": rows})


@require_safe
@personal
def album(request: HttpRequest, slug: str) -> HttpResponse:
    """One album and its images. A former address of it leads to the present one."""
    try:
        album = visible_album(request.user, slug)
    except Album.DoesNotExist:
        raise Http404 from None
    if slug != album.slug:
        said = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(f"{album.get_absolute_url()}{said}", permanent=True)
    return render(request, "albums/album.html", _shown(request, album))


def _shown(request: HttpRequest, album: Album) -> dict[str, Any]:
    """Return what the page shows of `album` to this person."""
    user, among = request.user, Query(album_field(album.slug))
    with search_deadline():
        page = album_page(user, album, requested_cursor(request, order_of(album)))
    return {
        "album": album,
        "count": count_of(user, album),
        "page": page,
        "days": [Day(None, page.rows)],
        "search": Asked(QueryDict()).address(among),
        "may_change": may_change_album(user, album),
        "hidden": album.all - album.public if sees_all(user) else 0,
        "of_hidden": Asked(QueryDict()).address(narrowed(among, Field("is", Choice("private")))),
    }
