"""What pages say of an image in words."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images.models import Image

# Who sees an image of each visibility.
AUDIENCE = {
    Image.Visibility.PUBLIC: _("Public: anyone who has the address sees it"),
    Image.Visibility.PRIVATE: _("Private: only people of this library see it"),
}


def audience(image: Image) -> str | Promise:
    """Return who sees `image`, in words."""
    return AUDIENCE[Image.Visibility(image.visibility)]


def alternative(image: Image) -> str:
    """Return the words that stand for `image`: its alternative text, else its title, else its file name.

    Empty of a decorative one alone: that is what an empty `alt` says. A link around it then needs words.
    """
    return "" if image.decorative else image.alt_text or str(image)


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


def moment(time: datetime) -> str:
    """Return `time` as a `datetime` attribute takes it: HTML knows no more than three digits of a second."""
    return time.isoformat(timespec="seconds")
