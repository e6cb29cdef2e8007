"""What the installed Pillow reads and writes, by itself and with the extras that are installed."""

from contextlib import suppress

from PIL import Image, features

from images.imaging.formats import FORMATS

OPTIONAL = {"WEBP": "webp", "AVIF": "avif"}  # our name -> Pillow's; the others it is never built without

with suppress(ImportError):
    import pillow_heif

    # Nothing here draws thumbnails or depth. One thread: a picture takes one core, as those of others do.
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)

# Pillow's names of the accepted formats that it can read.
OPENERS = tuple(name for name, format_ in FORMATS.items() if not format_.package or name in Image.OPEN)


def missing_formats() -> list[str]:
    """Return the titles of the accepted formats that this Pillow can neither read nor write, extras apart."""
    return [FORMATS[name].title for name, feature in OPTIONAL.items() if not features.check(feature)]
