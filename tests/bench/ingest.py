"""What an upload of a photograph costs beside decoding it: `python -m tests.bench.ingest`.

A JPEG of 12 megapixels is uploaded to the production server, and decoded by Pillow alone, in turns.
An upload also spools and hashes the file, reads its metadata, makes a placeholder and gets it to disk.
"""

import argparse
import io
import random
import signal
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from PIL import Image

from tests.bench.table import HEADER, Contest, line, rows, run
from tests.files.pictures import numbered
from tests.resilience.robustness import live_library

SIZE = (4000, 3000)
GRAIN = 4  # pixels of its noise: coarse enough for a photograph's 4 MB
WARM_UP = 8  # uploads, until every child that decodes is there


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped then, too
    data, numbers = photograph(), count()
    with (
        tempfile.TemporaryDirectory(prefix="imagelib-bench-") as folder,
        live_library(Path(folder, "data")) as library,
    ):

        def upload() -> float:
            new = numbered(data, next(numbers))
            started = time.perf_counter()
            library.upload("photo.jpg", new)
            return time.perf_counter() - started

        def decode() -> float:
            started = time.perf_counter()
            Image.open(io.BytesIO(data)).load()
            return time.perf_counter() - started

        for _ in range(WARM_UP):
            upload()
        contest = Contest(
            f"JPEG, 12 megapixels, {len(data) / 1e6:.1f} MB",
            {"upload": upload, "Pillow's decoding": decode},
            goals={"Pillow's decoding": "at most 1.6"},
            unit="seconds",
        )
        for row in (HEADER, ["---"] * len(HEADER), *rows(contest, run(contest, options.rounds))):
            print(line(row))


def photograph() -> bytes:
    """Return a JPEG about as hard to decode as one from a camera."""
    width, height = SIZE[0] // GRAIN, SIZE[1] // GRAIN
    noise = Image.frombytes("RGB", (width, height), random.Random(0).randbytes(3 * width * height))
    file = io.BytesIO()
    noise.resize(SIZE, Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


if __name__ == "__main__":
    main()
