"""Draws a picture as its URL asks, and compares what came of it.

Differences are the mean over all pixels, in steps of 255, of that channel where it is largest. Up to 1 is
alike; an encoder may make 2.5 of it, and a JPEG decoded small 3.5. To tell them from a mistake: a shift by a
quarter of a pixel makes 3.3 of the grain in the first case, and 8 in the last.
"""

import io

from PIL import Image, ImageChops, ImageOps, ImageStat

from images.iiif.requests import RenditionSpec
from images.imaging.rendering import render

FULL = "full/max/0/default.png"


def as_seen(data: bytes) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data)))


def draw(data: bytes, *requests: str) -> list[bytes]:
    """Return what is made of the image in `data`."""
    extent = as_seen(data).size
    return render(io.BytesIO(data), [RenditionSpec.parse(request).job(*extent) for request in requests])


def drawn(data: bytes, request: str = FULL) -> Image.Image:
    return Image.open(io.BytesIO(draw(data, request)[0]))


def by_pillow(image: Image.Image, request: str) -> Image.Image:
    """Return what `request` means, of an image in sRGB as it is seen, drawn without any short cut."""
    job = RenditionSpec.parse(request).job(*image.size)
    image = image.resize(job.size, Image.Resampling.LANCZOS, job.box)
    image = ImageOps.mirror(image) if job.mirrored else image
    return image.rotate(-job.rotation, expand=True)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return by how much two images differ in the mean, in colours on a ground and in transparency."""
    assert one.size == other.size
    flat = []
    for image in (one.convert("RGBA"), other.convert("RGBA")):
        ground = Image.new("RGBA", image.size, "#4080c0")
        ground.alpha_composite(image)
        ground.putalpha(image.getchannel("A"))
        flat.append(ground)
    return max(ImageStat.Stat(ImageChops.difference(*flat)).mean)


def on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")
