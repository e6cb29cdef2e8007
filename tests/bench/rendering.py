"""What a derived image costs: `tests/bench/.venv/bin/python -m tests.bench.rendering`.

A JPEG of 12 megapixels is made small and encoded by imagelib, by Pillow's `thumbnail()` and by libvips, in
turns in one process. All three encode at the same qualities and efforts, so that what differs is how they
decode and resize. The unit is the CPU time of all threads: the application draws an image on one core.
"""

import argparse
import io
import os
import time
from collections.abc import Callable
from random import Random

os.environ["VIPS_CONCURRENCY"] = "1"  # so that libvips spends nothing on sharing its work out

import pyvips
from PIL import Image

from images.iiif.requests import RenditionSpec
from images.imaging.formats import EXTENSIONS
from images.imaging.rendering import OPTIONS, render
from images.ingest.samples.drawing import grained
from images.ingest.samples.landscapes import birches
from tests.bench.table import HEADER, Contest, line, rows, run

SIZE = (4000, 3000)
SIDES = (320, 640, 1280, 2560)
AIMED_AT = (320, 640)
GOAL = "at most 1.3"

# What OPTIONS says, in libvips' words: its effort for AVIF is 9 less the speed.
SAVERS = {
    "jpg": ("jpegsave_buffer", {"Q": 82, "interlace": True}),
    "webp": ("webpsave_buffer", {"Q": 80, "effort": 4, "alpha_q": 90}),
    "avif": ("heifsave_buffer", {"Q": 60, "effort": 1, "compression": "av1"}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    pyvips.cache_set_max(0)  # it would remember what it drew
    data = photograph()
    for row in (HEADER, ["---"] * len(HEADER)):
        print(line(row))
    for format_ in SAVERS:
        for side in SIDES:
            contest = Contest(
                f"{side} pixels, {format_}",
                {
                    "imagelib": timed(imagelib, data, side, format_),
                    "Pillow": timed(pillow, data, side, format_),
                    "libvips": timed(libvips, data, side, format_),
                },
                goals=dict.fromkeys(("Pillow", "libvips"), GOAL) if side in AIMED_AT else {},
                unit="CPU seconds",
            )
            for row in rows(contest, run(contest, options.rounds)):
                print(line(row), flush=True)


def photograph() -> bytes:
    """Return a JPEG with the detail, the grain and the size in bytes of one from a camera."""
    file = io.BytesIO()
    grained(birches.draw(SIZE, Random(0))).save(file, "JPEG", quality=95)
    return file.getvalue()


def timed(
    draw: Callable[[bytes, int, str], bytes], data: bytes, side: int, format_: str
) -> Callable[[], float]:
    """Return what measures `draw`, having looked at what it makes."""
    made = draw(data, side, format_)
    with Image.open(io.BytesIO(made)) as image:
        if (image.format, image.size) != (EXTENSIONS[format_].name, (side, side * SIZE[1] // SIZE[0])):
            raise SystemExit(f"{draw.__name__} made {image.format} of {image.size}.")

    def measure() -> float:
        started = time.process_time()
        draw(data, side, format_)
        return time.process_time() - started

    return measure


def imagelib(data: bytes, side: int, format_: str) -> bytes:
    job = RenditionSpec.parse(f"full/!{side},{side}/0/default.{format_}").job(*SIZE)
    return render(io.BytesIO(data), [job])[0]


def pillow(data: bytes, side: int, format_: str) -> bytes:
    name, options = EXTENSIONS[format_].name, OPTIONS[format_]
    file = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        image.thumbnail((side, side))
        image.save(file, name, **options)
    return file.getvalue()


def libvips(data: bytes, side: int, format_: str) -> bytes:
    save, options = SAVERS[format_]
    image = pyvips.Image.thumbnail_buffer(data, side, height=side)
    return getattr(image, save)(keep="none", **options)


if __name__ == "__main__":
    main()
