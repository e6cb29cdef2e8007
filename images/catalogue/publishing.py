"""The visibility of an image, and the question before everyone sees it.

One that says where it was taken becomes public when somebody said so, or where the library's policy, which is
IMAGELIB_LOCATIONS, says so of all.
"""

from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from images.errors import LocationUndecided
from images.models import Image

UNDECIDED = gettext_noop(
    "The file says where it was taken. Say location=keep to publish it with that, or location=strip to "
    "publish a copy without it."
)
HELD = gettext_noop(
    "The file says where it was taken, and nobody said to publish that: the image is private."
)


class Location(TextChoices):
    """What may be said of the place on an image's way to the public."""

    KEEP = "keep", gettext_lazy("Publish with the location")
    STRIP = "strip", gettext_lazy("Publish a copy without it")


def may_tell(location: str) -> bool:
    """Whether the place may be told everyone, with this said of it; where nothing was, the policy speaks."""
    return (location or settings.IMAGELIB_LOCATIONS) == Location.KEEP


def asks(image: Image) -> bool:
    """Whether making `image` public takes a word of where it was taken."""
    return image.has_location and image.visibility == Image.Visibility.PRIVATE and not may_tell("")


def show_to(image: Image, visibility: str, location: str = "") -> list[str]:
    """Give `image` this visibility, with this said of the place; return the names of the fields that changed.

    Raises LocationUndecided, and changes nothing, where that would tell the place and nobody said so.
    """
    is_hidden = visibility == Image.Visibility.PRIVATE
    was_hidden = image.visibility == Image.Visibility.PRIVATE
    if was_hidden and not is_hidden and image.has_location and not may_tell(location):
        raise LocationUndecided(_(UNDECIDED))
    kept = not is_hidden and (location == Location.KEEP or (image.location_kept and not was_hidden))
    values = {"visibility": visibility, "location_kept": kept}
    changed = [name for name, value in values.items() if value != getattr(image, name)]
    for name in changed:
        setattr(image, name, values[name])
    return changed


def is_stripped(has_location: bool, visibility: str, location: str) -> bool:
    """Whether a new file enters without its metadata: by its sender's word, or the policy for public ones."""
    is_public = visibility != Image.Visibility.PRIVATE
    word = location or (settings.IMAGELIB_LOCATIONS if is_public else "")
    return has_location and word == Location.STRIP


def entering(has_location: bool, visibility: str, location: str) -> tuple[dict[str, Any], str]:
    """Return the fields of a new image that was to have this visibility, and a sentence where it has not."""
    if visibility == Image.Visibility.PRIVATE:
        return {"visibility": visibility}, ""
    if has_location and not may_tell(location):
        return {"visibility": Image.Visibility.PRIVATE}, _(HELD)
    return {"visibility": visibility, "location_kept": location == Location.KEEP}, ""


def is_undecided(image: Image) -> bool:
    """Whether `image` would be public with its place, and nobody said so: as it must not leave the trash."""
    tells = image.has_location and image.visibility != Image.Visibility.PRIVATE
    return tells and not image.location_kept and not may_tell("")
