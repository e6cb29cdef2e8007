"""Plans a file without its metadata, and proves by decoding that it shows the same. Runs in the sandbox's
children: knows no row, no storage, no Django.
"""

import hashlib
import io
import struct
from typing import IO, Any, NamedTuple

from PIL import Image

from images.errors import Unstrippable
from images.imaging.codecs import OPENERS
from images.imaging.containers import CONTAINERS, planned
from images.imaging.containers.parts import Plan, Written
from images.imaging.containers.plans import assemble
from images.imaging.formats import format_reported
from images.imaging.inspection import ORIENTATION, orientation_of

# What Pillow tells of a file and how it is shown, beside its pixels. All else is metadata.
SHOWN = (
    *("icc_profile", "transparency", "background", "gamma", "srgb", "chromaticity", "adobe_transform"),
    *("loop", "duration", "timestamp", "disposal", "blend", "default_image"),
)
BAND = 2**20  # pixels that are looked at at a time


class Shown(NamedTuple):
    """What is seen of a file: its format by our name for it, orientation, and what each frame looks like."""

    format_name: str
    orientation: int
    frames: list[tuple[Any, ...]]


def strip(file: IO[bytes]) -> Plan:
    """Return the plan of `file` without metadata, profile apart, and orientation where it is not upright. The
    file was inspected.

    Raises Unstrippable when what it says would be another picture, or whatever Pillow raises. Leaves the file
    open, its position anywhere.
    """
    shown = look_at(file)
    container = CONTAINERS.get(shown.format_name)
    is_said = shown.orientation != 1 and container and container.is_turned_by_exif
    written = Written(exif=exif_of(shown.orientation) if is_said else b"")
    plan = planned(file, shown.format_name, written)
    prove(plan, file, shown)
    return plan


def exif_of(orientation: int) -> bytes:
    """Return an Exif structure that says this orientation and no more."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def prove(plan: Plan, file: IO[bytes], shown: Shown) -> None:
    """Decode what `plan` makes of `file`, which shows what is `shown`. Raises Unstrippable when that is not
    the same, or whatever Pillow raises.
    """
    copy = io.BytesIO()
    assemble(plan, file, copy)
    if look_at(copy) != shown:
        raise Unstrippable("The file without its metadata would not show the same picture.")


def look_at(file: IO[bytes]) -> Shown:
    """Decode every frame of `file`, of a JPEG the first: what lies behind it is another picture. Raises
    whatever Pillow raises.
    """
    file.seek(0)
    with Image.open(file, formats=OPENERS) as image:
        name = format_reported(image.format).name
        frames, orientation = [], 1
        for number in range(1 if name == "JPEG" else getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            if number == 0:  # now, and no later: see orientation_of
                orientation = orientation_of(image)
            frames.append(_frame(image))
    return Shown(name, orientation, frames)


def _frame(image: Image.Image) -> tuple[Any, ...]:
    """Return all that is seen of a frame, of its pixels a digest: two pictures at once would be more than a
    child holds.
    """
    digest = hashlib.blake2b()
    rows = max(1, BAND // image.width)
    for top in range(0, image.height, rows):
        digest.update(image.crop((0, top, image.width, min(top + rows, image.height))).tobytes())
    palette = image.getpalette("RGBA") if image.palette else None
    return image.size, image.mode, palette, digest.digest(), *(image.info.get(name) for name in SHOWN)
