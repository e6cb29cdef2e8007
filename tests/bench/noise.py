"""Fills a library with noise: `python -m tests.bench.noise FOLDER COUNTS`, in imagelib's own environment.

COUNTS is JSON, how many images of how many bytes: {"20000": 300}. The files are copied to FOLDER, named by
their digests, and printed one a line as JSON: {"id", "digest", "size", "nominal"}.
"""

import io
import json
import math
import os
import random
import sys
from pathlib import Path

import django

SAMPLE = 128  # pixels of each side of the picture that tells how many bytes a pixel of noise takes


def main(folder: Path, counts: dict[int, int]) -> None:
    from images.ingest.pipeline import ingest

    folder.mkdir(exist_ok=True)
    bytes_per_pixel = len(noise(SAMPLE, seed=0)) / SAMPLE**2
    for nominal, count in counts.items():
        for seed in range(count):
            data = noise(math.isqrt(round(nominal / bytes_per_pixel)), seed)
            image = ingest(io.BytesIO(data), filename="noise.jpg", visibility="public").image
            (folder / image.hash).write_bytes(data)
            print(
                json.dumps(
                    {"id": str(image.pk), "digest": image.hash, "size": image.size, "nominal": nominal}
                )
            )


def noise(side: int, seed: int) -> bytes:
    """Return a JPEG of random pixels, which nothing can compress further."""
    from PIL import Image

    file = io.BytesIO()
    pixels = random.Random(f"{side} {seed}").randbytes(3 * side * side)
    Image.frombytes("RGB", (side, side), pixels).save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    django.setup()
    main(Path(sys.argv[1]), {int(nominal): count for nominal, count in json.loads(sys.argv[2]).items()})
