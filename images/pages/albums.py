"""The pages of albums: all of them, and one with its images in its order. Who may makes and changes them."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.accounts.members import for_members
from images.catalogue.access import AnyUser, may_list
from images.catalogue.album_curation import create
from images.catalogue.album_pages import album_ids, album_page, list_of
from images.catalogue.album_pages import ordering_of_album as order_of
from images.catalogue.albums import (
    count_of,
    covers,
    is_unlisted,
    listed_albums,
    may_change_album,
    may_make_albums,
    seen_entries,
    sees_all,
    visible_album,
)
from images.catalogue.counts import MAX_COUNT
from images.catalogue.curation import MOST
from images.catalogue.cursors import page_at
from images.catalogue.query import Field, Node, Not, Query
from images.catalogue.query.nodes import Choice
from images.catalogue.saved_searches import query_of
from images.catalogue.search import search_deadline
from images.catalogue.sharing import links_to
from images.http.caching import personal, unindexed
from images.models import Album
from images.pages.album_editing import AlbumForm, NewAlbumForm, arrange_by, delete_by, describe_by
from images.pages.asked import Asked, album_field, narrowed
from images.pages.neighbours import in_album
from images.pages.paging import requested_cursor
from images.pages.selection import act_on_many, bar, is_of_many
from images.pages.timeline import Day

ALBUMS_ON_A_PAGE = 60
BY_TITLE = "key"


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@for_members
def albums(request: HttpRequest) -> HttpResponse:
    """The albums that exist for the person, page after page. A POST makes one."""
    if request.method != "POST":
        kept = Asked(request.GET).text
        return _albums_page(request, NewAlbumForm(initial={"search": kept, "title": kept} if kept else None))
    if not (request.user.is_authenticated and may_make_albums(request.user)):
        raise PermissionDenied
    form = NewAlbumForm(request.POST)
    if form.is_valid():
        try:
            return redirect(create(request.user, **form.cleaned_data))
        except ValidationError as error:
            form.add_error(None, error)
    return _albums_page(request, form)


def _albums_page(request: HttpRequest, form: NewAlbumForm) -> HttpResponse:
    page = page_at(
        listed_albums(request.user), BY_TITLE, requested_cursor(request, BY_TITLE), ALBUMS_ON_A_PAGE
    )
    seen = covers(request.user, page.rows) if page.rows else {}
    rows = [(album, count_of(request.user, album), seen.get(album.pk)) for album in page.rows]
    context = {"page": page, "albums": rows, "may_make": may_make_albums(request.user), "form": form}
    return render(request, "albums/albums.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def album(request: HttpRequest, slug: str) -> HttpResponse:
    """One album and its images; a former address of it leads to the present one. A POST changes it, does the
    `action` that it names, or acts on many of its images.
    """
    try:
        album = visible_album(request.user, slug)
        if request.method == "POST" and is_of_many(request.POST):
            return act_on_many(request, partial(album_ids, request.user, album), album)
        if request.method == "POST":
            return _change(request, album)
    except Album.DoesNotExist:  # another may be deleting it
        if not may_list(request.user):  # nobody is told which there are
            return redirect_to_login(request.get_full_path())
        raise Http404 from None
    if slug != album.slug:
        said = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(f"{album.get_absolute_url()}{said}", permanent=True)
    return _album_page(request, album, AlbumForm(instance=album))


def _change(request: HttpRequest, album: Album) -> HttpResponse:
    if not may_change_album(request.user, album):
        raise PermissionDenied
    match request.POST.get("action"):
        case None:
            form = describe_by(request, album)
            album.refresh_from_db()
            if form.errors:
                return _album_page(request, album, form)
            messages.success(request, _("Saved."))
            return redirect(album)
        case "delete":
            return delete_by(request, album)
    return arrange_by(request, album)


def _album_page(request: HttpRequest, album: Album, form: AlbumForm) -> HttpResponse:
    user = request.user
    with search_deadline():
        cursor = requested_cursor(request, order_of(album))
        found = list_of(user, album)
        page = found.page(cursor) if found else album_page(user, album, cursor)
        found_count = found.count(page) if found and not cursor else None
        count = found_count if album.search else count_of(user, album)
        every = None
        if user.is_authenticated and (page.next or cursor):
            every = found_count if found else _filed(user, album)
    among = (query_of(album) or Query()) if album.search else Query(album_field(album.slug))
    is_many = count is not None and count > MAX_COUNT
    may_change = may_change_album(user, album)
    context = {
        "album": album,
        "count": None if is_many else count,
        "more_than": f"{MAX_COUNT:,}" if is_many else "",
        "page": page,
        "days": [Day(None, page.rows)],
        "among": in_album(album),
        "search": Asked(QueryDict()).address(among),
        "may_change": may_change,
        "links": links_to(user, album) if may_change else 0,
        "may_unfile": may_change and not album.search,
        "is_arranged": may_change and not album.search and bool(request.GET.get("arrange")),
        "form": form,
        "hidden": _hidden(album) if may_change and sees_all(user) else 0,
        "of_hidden": Asked(QueryDict()).address(narrowed(among, _hidden_in(album))),
        "is_searched": not is_unlisted(album) or sees_all(user) or may_change,
        **bar(every if every and every <= MOST else None, reverse("album-download", args=[album.pk])),
    }
    response = render(request, "albums/album.html", context, status=400 if form.errors else 200)
    return unindexed(response) if is_unlisted(album) else response


def _filed(user: AnyUser, album: Album) -> int:
    """Return how many images of an album in an order by hand there are to choose for `user`. Its page tells
    as many, but for their own that are hidden from others.
    """
    return album.all if sees_all(user) else seen_entries(user, album).count()


def _hidden(album: Album) -> int:
    """Return how many images of an album that is filled by hand visitors do not see there."""
    return album.all - (count_of(AnonymousUser(), album) or 0)


def _hidden_in(album: Album) -> Node:
    """Return what finds the images that visitors do not see in the album."""
    if is_unlisted(album):
        return Field("is", Choice("private"))
    return Not(Field("is", Choice("public")))
