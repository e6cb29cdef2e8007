"""What becomes of what people have here when they are deleted: in words, counted no further than MOST."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from images.catalogue.shares import unended
from images.models import Album, Favourite, Image, Invitation, KnownSession, ShareLink, Token

MOST = 10_000  # as of the images of a list

IMAGES = ngettext_lazy("%d image", "%d images")
ALBUMS = ngettext_lazy("%d album", "%d albums")
TOKENS = ngettext_lazy("%d API token", "%d API tokens")
SESSIONS = ngettext_lazy("%d session", "%d sessions")
INVITATIONS = ngettext_lazy("%d invitation that nobody used", "%d invitations that nobody used")
SHARES = ngettext_lazy("%d share link", "%d share links")
FAVOURITES = ngettext_lazy("%d favourite", "%d favourites")


class Consequences(NamedTuple):
    """What of people's stays, and what ends, a line each."""

    stays: list[str]
    ends: list[str]


def consequences(people: Sequence[User]) -> Consequences:
    """Return what becomes of what `people` have."""
    unused = Invitation.objects.filter(made_by__in=people, used_by=None)
    now = timezone.now()
    return Consequences(
        stays=_told(
            (IMAGES, Image.objects.filter(uploaded_by__in=people)),
            (ALBUMS, Album.objects.filter(made_by__in=people)),
        ),
        ends=_told(
            (TOKENS, Token.objects.filter(user__in=people)),
            (SESSIONS, KnownSession.objects.filter(user__in=people, session__expire_date__gt=now)),
            (SHARES, ShareLink.objects.filter(unended(), maker__in=people)),
            (INVITATIONS, unused),
            (FAVOURITES, Favourite.objects.filter(user__in=people)),
        ),
    )


def _told(*rows: tuple[Any, QuerySet[Any]]) -> list[str]:
    return list(_lines(rows))


def _lines(rows: Iterable[tuple[Any, QuerySet[Any]]]) -> Iterable[str]:
    """Yield of how many rows of each sort there are, of those of which there are some."""
    for words, found in rows:
        if number := found.order_by()[: MOST + 1].count():
            yield words % number if number <= MOST else _("more than %s") % (words % MOST)
