"""A drawing as plain values. The grammar of URLs makes them, and loads no Pillow for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """One image to be drawn. `box` (left, top, right, bottom) is in pixels of the source as seen, `size` in
    pixels before rotation; `rotation` in degrees clockwise, after mirroring.
    """

    box: tuple[int, int, int, int]
    size: tuple[int, int]
    mirrored: bool
    rotation: int
    quality: str
    format: str
