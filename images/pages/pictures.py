"""Which bytes a page shows of an image: of the sizes that info.json lists, as many as the place has use for.

templates/shared/picture.html makes elements of it.
"""

import base64
from dataclasses import dataclass, replace

from django.urls import reverse

from images.iiif.pyramid import sizes
from images.iiif.requests import LADDER, Extent, sized
from images.models import Image
from images.renditions.prerendering import GALLERY

LOGO = 160, 32  # CSS pixels that it may take
SHARED = 1280  # pixels, the longer side: what is shown elsewhere when nobody chose a size

# What `sizes` says is a guess, made before any layout; these follow gallery.css and image.css.
CELL_HEIGHT = "clamp(6.5rem, 2rem + 18vw, 15rem)"
CELL_SHAPES = 0.5, 3  # the narrowest and the widest
CELL_GROWTH = 1.25  # by which cells fill their row, about
STAGE = "(min-width: 60rem) min(100vw - 33rem, {most}), min(100vw - 2rem, {most})"
STAGE_HEIGHT = 85  # vh

# The shapes gallery.css has a rule for. A cell takes the nearest and its image fills it: even rows without a
# style attribute, which the content security policy forbids.
ASPECTS = {
    f"{width}:{height}": width / height
    for width, height in (
        *((1, 2), (9, 16), (3, 5), (2, 3), (3, 4), (4, 5), (9, 10), (1, 1)),
        *((10, 9), (5, 4), (4, 3), (3, 2), (5, 3), (16, 9), (2, 1), (9, 4), (5, 2), (3, 1)),
    )
}

ZOOMABLE = 4_000_000  # pixels, about what a large window shows at once


@dataclass(frozen=True)
class Picture:
    """An image as a page shows it: the file at `src`, `width` by `height` pixels at the most.

    Where there are several sizes, `srcset` and `sizes` are those of HTML (4.8.4.2), `{format}` standing for a
    file's format; the browser takes one of them. `placeholder` is a data URI to be seen meanwhile, or empty.
    """

    src: str
    width: int
    height: int
    srcset: str = ""
    sizes: str = ""
    placeholder: str = ""

    @property
    def webp(self) -> str:
        return self.srcset.replace("{format}", "webp")

    @property
    def jpeg(self) -> str:
        return self.srcset.replace("{format}", "jpg")


def cell(image: Image, service: str = "") -> Picture:
    """Return what a cell of the gallery shows: sizes made soon after an upload, so that few views of it
    draw. They are found below `service`, else at the image's own addresses.
    """
    narrowest, widest = CELL_SHAPES
    aspect = min(max(image.width / image.height, narrowest), widest)
    widths = f"calc({aspect * CELL_GROWTH:.2f} * {CELL_HEIGHT})"
    return _picture(image, GALLERY, widths, _placeholder(image), service)


def stage(image: Image, service: str = "") -> Picture:
    """Return what the page of the image shows; of an animation its file, for only that moves, where there is
    no `service` instead of the image's own addresses.
    """
    if image.moves and not service:
        return _original(image)
    most = f"{STAGE_HEIGHT * image.width / image.height:.1f}vh"
    return _picture(image, LADDER[-1], STAGE.format(most=most), _placeholder(image), service)


def screen(image: Image) -> Picture:
    """Return what the viewer shows, never larger than it is; of an animation its file."""
    if image.moves:
        return _original(image)
    width, _ = sizes(image.width, image.height)[-1]
    return _picture(image, LADDER[-1], f"min(100vw, {100 * image.width / image.height:.1f}vh, {width}px)")


def thumbnail(image: Image, side: int = 72) -> Picture:
    """Return what is shown in a square of `side` CSS pixels, and how large it is there."""
    return _within(image, side, side, f"{side}px")


def logo(image: Image) -> Picture:
    """Return what the header of every page shows of the library's logo: the smallest size is enough for it on
    a dense screen, and was made soon after the upload.
    """
    return _within(image, *LOGO)


def is_wide(image: Image | None) -> bool:
    """Whether there is a logo, and one that stands in the place of the name, not beside it."""
    return image is not None and image.width >= 2 * image.height


def trashed(image: Image) -> Picture:
    """Return what is shown of an image in the trash to those who may restore it."""
    width, height = sizes(image.width, image.height)[0]
    return Picture(reverse("trash-picture", args=[image.pk]), width, height, placeholder=_placeholder(image))


def zoomable(image: Image) -> bool:
    """Return whether the page lets people look closer, by tiles: those hold the first frame alone."""
    return not image.moves and image.width * image.height > ZOOMABLE


def aspect(image: Image) -> str:
    """Return the name in ASPECTS of the shape nearest to that of `image`."""
    ratio = image.width / image.height
    return min(ASPECTS, key=lambda name: max(ratio / ASPECTS[name], ASPECTS[name] / ratio))


def shared_size(image: Image) -> Extent:
    """Return the size to show elsewhere when nobody chose one."""
    return sizes(image.width, image.height, SHARED)[-1]


def address(image: Image, size: Extent, format_: str = "jpg", service: str = "") -> str:
    """Return the path of the whole image at `size`, below `service` where that is another's than its own."""
    return f"{service or image.get_service_url()}/{sized(size, image.width, image.height, format_)}"


def _picture(image: Image, most: int, widths: str, placeholder: str = "", service: str = "") -> Picture:
    steps = sizes(image.width, image.height, most)
    by_width = {
        size[0]: address(image, size, "{format}", service) for size in steps
    }  # a strip's may be equally wide
    srcset = ", ".join(f"{link} {width}w" for width, link in by_width.items())
    return Picture(address(image, steps[-1], service=service), *steps[-1], srcset, widths, placeholder)


def _within(image: Image, most_wide: int, most_high: int, widths: str = "") -> Picture:
    """Return the picture as large as it is shown within so many CSS pixels."""
    scale = min(1, most_wide / image.width, most_high / image.height)
    width, height = (max(1, round(length * scale)) for length in (image.width, image.height))
    return replace(_picture(image, GALLERY, widths or f"{width}px"), width=width, height=height)


def _original(image: Image) -> Picture:
    return Picture(image.get_file_url(), image.width, image.height, placeholder=_placeholder(image))


def _placeholder(image: Image) -> str:
    """Return the placeholder of an opaque image; beneath a transparent one it would shine through.

    Which it is, the placeholder says: the simple lossy form of WebP, `VP8 ` at byte 12, knows no transparency
    (RFC 9649, 2.5).
    """
    head = base64.b64decode(image.placeholder.partition(",")[2][:24])
    return image.placeholder if head[12:16] == b"VP8 " else ""
