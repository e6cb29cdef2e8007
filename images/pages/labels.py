"""What pages say of an image in words."""

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from django.db import models
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from images.imaging.words.licences import OF_CREATIVE_COMMONS, address_of
from images.models import Image

# Who sees an image of each visibility.
AUDIENCE = {
    Image.Visibility.PUBLIC: _("Public: everyone finds it and sees it"),
    Image.Visibility.UNLISTED: _(
        "Unlisted: whoever has the address sees it, and only people of this library find it"
    ),
    Image.Visibility.PRIVATE: _("Private: only people of this library see it"),
}
PUBLISHING = _(
    "Browsers and caches keep copies of public images: making one private later recalls none of them."
)


class Action(models.TextChoices):
    """What a page does to selected images, as its buttons say it."""

    PUBLISH = "publish", _("Make public")
    UNLIST = "unlist", _("Make unlisted")
    HIDE = "hide", _("Make private")
    TAG = "tag", _("Add tags")
    UNTAG = "untag", _("Remove tags")
    SHIFT_DATES = "shift_dates", _("Correct dates")
    EDIT = "edit", _("Write these words")
    FAVOUR = "favourite", _("Favourite")
    UNFAVOUR = "unfavourite", _("No favourite")
    TRASH = "trash", _("Move to trash")
    RESTORE = "restore", _("Undo")


SHOWN_BY = {  # the action that gives an image each visibility
    Image.Visibility.PUBLIC: Action.PUBLISH,
    Image.Visibility.UNLISTED: Action.UNLIST,
    Image.Visibility.PRIVATE: Action.HIDE,
}

PUBLIC_DOMAIN: dict[str, str | Promise] = {
    "CC0-1.0": "CC0 1.0",
    "CC-PDM-1.0": "Public Domain Mark 1.0",
    "CC-PDDC": _("Public domain"),
}
# What the form offers; every other identifier can be typed.
LICENCES = (
    "CC0-1.0",
    *(f"CC-{kind}-4.0" for kind in ("BY", "BY-SA", "BY-NC", "BY-NC-SA", "BY-ND", "BY-NC-ND")),
)


UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "KB"))  # as a search understands them


def size(count: int) -> str:
    """Return so many bytes in words."""
    for unit, name in UNITS:
        if count / unit >= 0.99995:  # which is written 1.0
            return f"{number_format(round(count / unit, 1), 1)} {name}"
    return ngettext("%d byte", "%d bytes", count) % count


def audience(image: Image) -> str | Promise:
    """Return who sees `image`, in words."""
    return AUDIENCE[Image.Visibility(image.visibility)]


def alternative(image: Image) -> str:
    """Return the words that stand for `image`: its alternative text, else its title, else its file name.

    Empty of a decorative one alone: that is what an empty `alt` says. A link around it then needs words.
    """
    return "" if image.decorative else image.alt_text or str(image)


class Licence(NamedTuple):
    """A licence as people call it, and where it is explained, if that is known."""

    name: str | Promise
    url: str = ""


def licence(image: Image) -> Licence:
    """Return the licence of `image`."""
    return licence_of(image.licence)


def licence_of(identifier: str) -> Licence:
    """Return the licence; those of Creative Commons have an address that their identifier says."""
    url, name = address_of(identifier), identifier.upper()
    if not url.startswith(OF_CREATIVE_COMMONS):
        return Licence(identifier)
    said = re.sub(r"\ACC-([A-Z-]+)-(\d\.\d)-?", r"CC \1 \2 ", name).strip()  # CC BY-SA 4.0
    return Licence(PUBLIC_DOMAIN.get(name, said), url)


def address(url: str) -> str:
    """Return the address `url` as HTML takes it: outside its host, what is no character of one is escaped."""
    parts = urlsplit(url)
    path, query, fragment = (_escape(part) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, parts.netloc, path, query, fragment))


def _escape(part: str) -> str:
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(part, safe="/%:=&?~+!$,;'@()*"))


def exposure(image: Image) -> str:
    """Return time, aperture, sensitivity and focal length as photographers write them."""
    shot = image.metadata
    seconds = shot.get("exposure_time")
    parts = (
        seconds and (f"1/{round(1 / seconds)} s" if seconds < 0.3 else f"{seconds:g} s"),
        "f_number" in shot and f"f/{shot['f_number']:g}",
        "iso" in shot and f"ISO {shot['iso']:g}",
        "focal_length" in shot and f"{shot['focal_length']:g} mm",
    )
    return ", ".join(part for part in parts if part)
