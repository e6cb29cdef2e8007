"""The sizes and tiles of an image that info.json lists (IIIF Image API 3.0, 5.3 and 5.4)."""

from collections.abc import Iterator

from images.iiif.requests import (
    LADDER,
    PREFERRED_FORMATS,
    TILE,
    Box,
    Extent,
    RenditionSpec,
    confined,
    largest,
    part,
    sized,
)

BLOCK = 4  # tiles along a side of what is drawn together: so many fill a window, about


def sizes(width: int, height: int, most: int = LADDER[-1]) -> list[Extent]:
    """Return the listed sizes of the whole image, up to `most` pixels (its longer side).

    The smallest comes first, and comes whatever `most` says.
    """
    limit = largest(width, height)
    steps = [side for side in LADDER if side < max(limit)]
    within = [confined(width, height, side, side) for side in steps]
    found = [(max(1, across), max(1, down)) for across, down in within]
    smallest, *others = found if len(steps) == len(LADDER) else [*found, limit]
    return [smallest, *(size for size in others if max(size) <= most)]


def listed_sizes(width: int, height: int, most: int = LADDER[-1]) -> Iterator[RenditionSpec]:
    """Yield the canonical request for each of the `sizes`, in each preferred format."""
    for size in sizes(width, height, most):
        for format_ in PREFERRED_FORMATS:
            yield sized(size, width, height, format_)


def scale_factors(width: int, height: int) -> Iterator[int]:
    """Yield by what the image is divided for each of its layers of tiles, until one tile holds all of it."""
    factor = 1
    while True:
        yield factor
        if max(width, height) <= TILE * factor:
            return
        factor *= 2


def tiles(width: int, height: int, format_: str) -> Iterator[RenditionSpec]:
    """Yield the canonical request for every tile of the pyramid."""
    for factor in scale_factors(width, height):
        yield from _tiles_within((0, 0, width, height), factor, width, height, format_)


def block(spec: RenditionSpec, width: int, height: int) -> list[RenditionSpec]:
    """Return what to draw of one decoding when the canonical `spec` is asked for: of a tile the square of its
    layer around it, for that is asked for next; of anything else that alone.
    """
    factor = _layer(spec, width, height)
    if factor is None:
        return [spec]
    side = TILE * factor * BLOCK
    left, top = (start - start % side for start in spec.region.box(width, height)[:2])
    area = left, top, min(left + side, width), min(top + side, height)
    return list(_tiles_within(area, factor, width, height, spec.format))


def is_listed(spec: RenditionSpec, width: int, height: int) -> bool:
    """Whether info.json lists what the canonical `spec` asks for: a size or a tile, in a preferred format."""
    if spec.format not in PREFERRED_FORMATS:
        return False
    return spec in listed_sizes(width, height) or _layer(spec, width, height) is not None


def _layer(spec: RenditionSpec, width: int, height: int) -> int | None:
    """Return the scale factor of the layer that the canonical `spec` is a tile of, None if it is none."""
    left, top, *_ = spec.region.box(width, height)
    for factor in scale_factors(width, height):
        side = TILE * factor
        if left % side == top % side == 0 and spec == _tile(left, top, factor, width, height, spec.format):
            return factor
    return None


def _tiles_within(area: Box, factor: int, width: int, height: int, format_: str) -> Iterator[RenditionSpec]:
    left, top, right, bottom = area
    for y in range(top, bottom, TILE * factor):
        for x in range(left, right, TILE * factor):
            yield _tile(x, y, factor, width, height, format_)


def _tile(left: int, top: int, factor: int, width: int, height: int, format_: str) -> RenditionSpec:
    """Return the canonical request for one tile, as the standard's implementation notes have it."""
    right, bottom = min(left + TILE * factor, width), min(top + TILE * factor, height)
    size = -(-(right - left) // factor), -(-(bottom - top) // factor)
    return part((left, top, right, bottom), size, width, height, format_)
