"""The gallery: what a person sees, searched, filtered and sorted; and what they do to many at once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from images.accounts.members import for_members
from images.catalogue.albums import may_file, may_make_albums
from images.catalogue.counts import MAX_COUNT
from images.catalogue.search import ImageFilter, search_deadline
from images.http.caching import personal
from images.pages.asked import Asked, is_kept
from images.pages.paging import requested_cursor
from images.pages.selection import act_on_many, bar
from images.pages.timeline import days, months, years


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@for_members
def gallery(request: HttpRequest) -> HttpResponse:
    """The images the person sees, as the query searches, filters and sorts. A POST acts on many."""
    if request.method == "POST":
        return act_on_many(request)
    asked = Asked(request.GET)
    filters = ImageFilter(request.GET)
    is_understood = filters.is_valid() and not asked.refusal
    images = filters.images(request.user) if is_understood else filters.none()  # else others than asked for
    with search_deadline():
        cursor = requested_cursor(request, images.ordering)
        page = images.page(cursor)
        count = None if cursor else images.count(page)
        is_few = count is not None and count <= MAX_COUNT  # else there are too many for months, too
        is_counted = is_few or bool(cursor and not request.GET.get("cursor"))  # a jump, which counts nothing
        timed = months(asked, images, is_counted=is_counted) if page.rows else []
    among = asked.among(asked.query)
    context = {
        "filters": filters,
        "asked": asked,
        "among": among,
        "is_trash": images.is_trash,
        "shares": is_understood and is_kept(asked) and may_file(request.user),
        "keeps": is_understood and is_kept(asked) and may_make_albums(request.user),
        "unreadable": not (is_understood or asked.refusal),
        "count": count,
        "more_than": f"{MAX_COUNT:,}" if count and count > MAX_COUNT else "",
        "page": page,
        "days": (groups := days(page.rows, images.ordering)),
        "years": years(asked, timed, groups[0].day if groups else None),
        **bar(count if is_few and page.next else None, reverse("download") + among),
    }
    return render(request, "gallery/gallery.html", context)
