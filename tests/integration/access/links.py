"""Share links of the access table: one for each way of being shared, to each image and to an album of all."""

from collections.abc import Mapping
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from images.catalogue.shares import Shared
from images.catalogue.sharing import change_share, make_share, revoke
from images.models import Album, Image, ShareLink
from tests.integration.access.library import Caller, Library, Subject

PASSWORD, ANOTHER = "a long walk", "a short one"

# What the links of a visitor are made with.
VISITORS: Mapping[str, dict[str, Any]] = {
    "share link": {},
    "share link, to download": {"may_download": True},
    "its password given": {"password": PASSWORD, "may_download": True},
    "its password missing": {"password": PASSWORD, "may_download": True},
    "its password wrong": {"password": PASSWORD, "may_download": True},
    "expired": {"may_download": True},
    "revoked": {"may_download": True},
    "maker inactive": {"may_download": True},
}


def share(library: Library, album: Album, images: Mapping[str, Image], owner: User, leaver: User) -> None:
    """Make the links, by the owner but for those of somebody who leaves, and let each visitor know theirs."""
    for visitor, terms in VISITORS.items():
        maker = leaver if visitor == "maker inactive" else owner
        of_album, album_secret = make_share(maker, album, **terms)
        subjects = {}
        for visibility, image in images.items():
            one, secret = make_share(maker, image, **terms)
            names = {
                "secret": secret,
                "name": str(Shared(one, secret).name_of(image)),
                "album_secret": album_secret,
                "album_name": str(Shared(of_album, album_secret).name_of(image)),
            }
            subject = library.subjects[visibility]
            cookies = {"secret": _cookie(visitor, secret), "album_secret": _cookie(visitor, album_secret)}
            subjects[visibility] = Subject(subject.names | names, subject.traces, cookies)
            if visitor == "share link":
                subject.names["share"] = str(one.pk)
            _end(visitor, one)
        _end(visitor, of_album)
        library.visits[visitor] = subjects
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    library.never.names |= {
        "secret": "A" * 22,
        "name": str(uuid4()),
        "album_secret": "B" * 22,
        "album_name": str(uuid4()),
    }


def _cookie(visitor: str, secret: str) -> str:
    """Return what the browser of who gave the password sends from there on."""
    if visitor not in ("its password given", "its password wrong"):
        return ""
    answer = Caller().post(f"/s/{secret}", {"password": PASSWORD})
    assert answer.status_code == 302
    cookie: SimpleCookie = answer.cookies
    return "; ".join(f"{name}={of.coded_value}" for name, of in cookie.items())


def _end(visitor: str, of: ShareLink) -> None:
    if visitor == "expired":
        ShareLink.objects.filter(pk=of.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    elif visitor == "revoked":
        revoke(ShareLink.objects.filter(pk=of.pk))
    elif visitor == "its password wrong":  # it was right once
        change_share(of, password=ANOTHER)
