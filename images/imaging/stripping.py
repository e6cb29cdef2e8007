"""Plans a file without its metadata, and proves by decoding that it shows the same. Runs in the sandbox's
children: knows no row, no storage, no Django.
"""

import io
import struct
from typing import IO

from PIL import Image

from images.errors import Unstrippable
from images.imaging.codecs import OPENERS
from images.imaging.containers import planned
from images.imaging.containers.parts import Plan, Written
from images.imaging.containers.plans import assemble
from images.imaging.formats import format_reported
from images.imaging.inspection import ORIENTATION, orientation_of

# What Pillow tells of a file and how it is shown, beside its pixels. All else is metadata.
SHOWN = (
    *("icc_profile", "transparency", "background", "gamma", "srgb", "chromaticity", "adobe_transform"),
    *("loop", "duration", "timestamp", "disposal", "blend", "default_image"),
)
BAND = 4 * 2**20  # pixels that are compared at a time


def strip(file: IO[bytes]) -> Plan:
    """Return the plan of `file` without metadata, profile apart, and orientation where it is not
    upright. The file was inspected.

    Raises Unstrippable when what it says would be another picture, or whatever Pillow raises. Leaves the file
    open, its position anywhere.
    """
    with _opened(file) as image:
        image.load()  # before metadata is asked for, which may come after the pixels
        name, orientation = format_reported(image.format).name, orientation_of(image)
    written = Written(exif=b"" if orientation == 1 else exif_of(orientation))
    plan = planned(file, name, written)
    prove(plan, file)
    return plan


def exif_of(orientation: int) -> bytes:
    """Return an Exif structure that says this orientation and no more."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def prove(plan: Plan, file: IO[bytes]) -> None:
    """Decode every frame of `file` and of what `plan` makes of it. Raises Unstrippable when they differ in
    anything that is seen, or whatever Pillow raises.
    """
    copy = io.BytesIO()
    assemble(plan, file, copy)
    with _opened(file) as before, _opened(copy) as after:
        is_jpeg = (
            format_reported(before.format).name == "JPEG"
        )  # what lies behind its first picture is no frame
        frames = 1 if is_jpeg else getattr(before, "n_frames", 1)
        same = frames == getattr(after, "n_frames", 1) and all(
            _is_same(before, after, frame) for frame in range(frames)
        )
    if not same:
        raise Unstrippable("The file without its metadata would not show the same picture.")


def _opened(file: IO[bytes]) -> Image.Image:
    file.seek(0)
    return Image.open(file, formats=OPENERS)


def _is_same(before: Image.Image, after: Image.Image, frame: int) -> bool:
    both = (before, after)
    for image in both:
        image.seek(frame)
        image.load()
    if frame == 0 and orientation_of(before) != orientation_of(after):
        return False
    looks = [(image.size, image.mode, image.getpalette("RGBA") if image.palette else None) for image in both]
    infos = [[image.info.get(name) for name in SHOWN] for image in both]
    return looks[0] == looks[1] and infos[0] == infos[1] and _has_same_pixels(before, after)


def _has_same_pixels(before: Image.Image, after: Image.Image) -> bool:
    """Compare a band of rows at a time: two whole pictures as bytes would double what a child holds."""
    rows = max(1, BAND // before.width)
    for top in range(0, before.height, rows):
        box = (0, top, before.width, min(top + rows, before.height))
        if before.crop(box).tobytes() != after.crop(box).tobytes():
            return False
    return True
