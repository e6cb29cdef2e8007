"""Asking for derived images."""

import io

from PIL import Image as PillowImage

from images.models import Image

STORED = "full/320,240/0/default.webp"
NOT_STORED = "pct:10,10,50,50/100,/!90/gray.png"


def url(image: Image, spec: str = "") -> str:
    return f"/iiif/3/{image.pk}/{spec}".rstrip("/")


def opened(response) -> PillowImage.Image:
    return PillowImage.open(io.BytesIO(response.getvalue()))
