"""info.json: what the image service offers of an image (IIIF Image API 3.0, 5)."""

from typing import Any

from images.iiif.pyramid import scale_factors, sizes
from images.iiif.requests import FORMATS, MAX_AREA, MAX_WIDTH, PREFERRED_FORMATS, QUALITIES, TILE

CONTEXT = "http://iiif.io/api/image/3/context.json"
PROFILE = "http://iiif.io/api/image/3/level2.json"

# Beyond what level 2 has (https://iiif.io/api/image/3.0/compliance/).
EXTRA_FEATURES = ("canonicalLinkHeader", "mirroring", "profileLinkHeader", "sizeUpscaling")


def information(identifier: str, width: int, height: int) -> dict[str, Any]:
    """Return the image information document (5) of the image whose base URI is `identifier`."""
    return {
        "@context": CONTEXT,
        "id": identifier,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": width,
        "height": height,
        "maxWidth": MAX_WIDTH,
        "maxArea": MAX_AREA,
        "sizes": [{"width": w, "height": h} for w, h in sizes(width, height)],
        "tiles": [{"width": TILE, "height": TILE, "scaleFactors": list(scale_factors(width, height))}],
        "preferredFormats": list(PREFERRED_FORMATS),
        "extraFormats": [name for name in FORMATS if name not in ("jpg", "png")],
        "extraQualities": [name for name in QUALITIES if name != "default"],
        "extraFeatures": list(EXTRA_FEATURES),
    }
