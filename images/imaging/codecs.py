"""What the installed Pillow was built with."""

from PIL import features

from images.imaging.formats import FORMATS

OPTIONAL = {"WEBP": "webp", "AVIF": "avif"}  # our name -> Pillow's; the others it is never built without


def missing_formats() -> list[str]:
    """Return the titles of the accepted formats that this Pillow can neither read nor write."""
    return [FORMATS[name].title for name, feature in OPTIONAL.items() if not features.check(feature)]
