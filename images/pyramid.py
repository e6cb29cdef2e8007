"""The sizes and tiles that are kept of an image, and info.json, which lists them (IIIF Image API 3.0, 5)."""

from collections.abc import Iterator
from typing import Any

from images.iiif import (
    FORMATS,
    KEPT_FORMATS,
    LADDER,
    MAX_AREA,
    MAX_WIDTH,
    QUALITIES,
    TILE,
    Extent,
    RenditionSpec,
    confined,
    largest,
    sized,
)

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
        "preferredFormats": list(KEPT_FORMATS),
        "extraFormats": [name for name in FORMATS if name not in ("jpg", "png")],
        "extraQualities": [name for name in QUALITIES if name != "default"],
        "extraFeatures": list(EXTRA_FEATURES),
    }


def sizes(width: int, height: int, most: int = LADDER[-1]) -> list[Extent]:
    """Return the sizes of the whole image that are kept, up to `most` pixels (its longer side).

    The smallest comes first, and comes whatever `most` says.
    """
    limit = largest(width, height)
    steps = [side for side in LADDER if side < max(limit)]
    found = [tuple(max(1, n) for n in confined(width, height, side, side)) for side in steps]
    smallest, *others = found if len(steps) == len(LADDER) else [*found, limit]
    return [smallest, *(size for size in others if max(size) <= most)]


def scale_factors(width: int, height: int) -> Iterator[int]:
    """Yield by what the image is divided for each of its layers of tiles, until one tile holds all of it."""
    factor = 1
    while True:
        yield factor
        if max(width, height) <= TILE * factor:
            return
        factor *= 2


def tiles(width: int, height: int, format_: str) -> Iterator[RenditionSpec]:
    """Yield the canonical request for every tile of the grid."""
    for factor in scale_factors(width, height):
        for top in range(0, height, TILE * factor):
            for left in range(0, width, TILE * factor):
                region = f"{left},{top},{TILE * factor},{TILE * factor}"
                w, h = min(TILE * factor, width - left), min(TILE * factor, height - top)
                text = f"{region}/{-(-w // factor)},{-(-h // factor)}/0/default.{format_}"
                yield RenditionSpec.parse(text).canonical(width, height)


def is_kept(spec: RenditionSpec, width: int, height: int) -> bool:
    """Whether what the canonical `spec` asks for is kept: a listed size, or a tile of the grid."""
    if (spec.mirrored, spec.rotation, spec.quality) != (False, 0, "default"):
        return False
    if spec.format not in KEPT_FORMATS:
        return False
    left, top, right, bottom = spec.region.box(width, height)
    size = spec.size.of(right - left, bottom - top)
    if spec.region.form == "full" and size in sizes(width, height):
        return True
    return any(
        _is_tile((left, top, right, bottom), size, factor, width, height)
        for factor in scale_factors(width, height)
    )


def _is_tile(box: tuple[int, int, int, int], size: Extent, factor: int, width: int, height: int) -> bool:
    """Whether `box` at `size` is a tile of this layer, as the standard's implementation notes have it."""
    left, top, right, bottom = box
    side = TILE * factor
    return (
        left % side == top % side == 0
        and right == min(left + side, width)
        and bottom == min(top + side, height)
        and size == (-(-(right - left) // factor), -(-(bottom - top) // factor))
    )


def listed(width: int, height: int, most: int = LADDER[-1]) -> Iterator[RenditionSpec]:
    """Yield the canonical request for each of the `sizes`, in each format."""
    for size in sizes(width, height, most):
        for format_ in KEPT_FORMATS:
            yield sized(size, width, height, format_)
