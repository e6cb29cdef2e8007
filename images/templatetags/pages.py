"""What the templates ask of an image and of a person."""

from django import template

from images.catalogue import access
from images.models import Image
from images.pages import pictures

register = template.Library()

register.filter("may_upload", access.may_upload)
register.filter("may_edit", access.may_edit)
register.filter("may_delete", access.may_delete)
register.filter("may_purge", access.may_purge)

register.filter("tile", pictures.tile)
register.filter("stage", pictures.stage)
register.filter("screen", pictures.screen)
register.filter("thumbnail", pictures.thumbnail)

# The shapes gallery.css has a rule for. A tile takes the nearest and its image fills it: even rows without a
# style attribute, which the content security policy forbids.
ASPECTS = {
    f"{width}:{height}": width / height
    for width, height in (
        *((1, 2), (9, 16), (3, 5), (2, 3), (3, 4), (4, 5), (9, 10), (1, 1)),
        *((10, 9), (5, 4), (4, 3), (3, 2), (5, 3), (16, 9), (2, 1), (9, 4), (5, 2), (3, 1)),
    )
}

ZOOMABLE = 4_000_000  # pixels, about what a large window shows at once


@register.filter
def zoomable(image: Image) -> bool:
    """Return whether the page lets people look closer, by tiles: those hold the first frame alone."""
    return image.frames == 1 and image.width * image.height > ZOOMABLE


@register.filter
def aspect(image: Image) -> str:
    """Return the name in ASPECTS of the shape nearest to that of `image`."""
    ratio = image.width / image.height
    return min(ASPECTS, key=lambda name: max(ratio / ASPECTS[name], ASPECTS[name] / ratio))


@register.filter
def alternative(image: Image) -> str:
    """Return the words that stand for `image`: its alternative text, else its title, else its file name.

    Never empty: an empty `alt` says that an image is decoration, and in a library none is.
    """
    return image.alt_text or str(image)


@register.filter
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
