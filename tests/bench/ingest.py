"""What an upload of a photograph costs beside decoding it: `python -m tests.bench.ingest`.

A JPEG of 12 megapixels is uploaded to the production server, and decoded by Pillow alone, in turns.
An upload also spools and hashes the file, reads its metadata, makes a placeholder and gets it to disk.

With --before it is uploaded in turns to the server of an earlier version, too: a checkout of it, run by this
interpreter. With --library to one of a library that tests.bench.scale filled (and DATABASE_URL, if it is in
PostgreSQL).
"""

import argparse
import io
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from PIL import Image

from tests.bench.table import HEADER, Contest, line, rows, run
from tests.files.pictures import numbered
from tests.resilience.robustness import LiveLibrary, live_library

GRAIN = 4  # pixels of its noise: coarse enough for a photograph's 4 MB
WARM_UP = 8  # uploads, until every child that decodes is there


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--width", type=int, default=4000, help="of the photograph, in pixels")
    parser.add_argument("--before", type=Path, help="a checkout of an earlier version")
    parser.add_argument("--library", type=Path, help="the data folder of a filled library")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped then, too
    data, numbers = photograph(options.width), count(time.time_ns())
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as folder, ExitStack() as on_exit:
        empty = {"DATABASE_URL": f"sqlite:///{folder}/data/db.sqlite3"}
        libraries = {"upload": on_exit.enter_context(live_library(Path(folder, "data"), **empty))}
        if options.before:
            former = {"code": options.before, "DATABASE_URL": f"sqlite:///{folder}/before/db.sqlite3"}
            before = live_library(Path(folder, "before"), **former)
            libraries["upload to the version before"] = on_exit.enter_context(before)
        if options.library:
            named = {
                "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{options.library}/db.sqlite3")
            }
            libraries["upload to the filled library"] = on_exit.enter_context(
                live_library(options.library, **named)
            )

        def uploading(library: LiveLibrary) -> Callable[[], float]:
            def upload() -> float:
                new = numbered(data, number := next(numbers))
                started = time.perf_counter()
                library.upload(f"Evening at the harbour of Trieste with three boats {number}.jpg", new)
                return time.perf_counter() - started

            return upload

        def decode() -> float:
            started = time.perf_counter()
            Image.open(io.BytesIO(data)).load()
            return time.perf_counter() - started

        contenders = {name: uploading(library) for name, library in libraries.items()}
        for upload in contenders.values():
            for _ in range(WARM_UP):
                upload()
        contest = Contest(
            f"JPEG, {options.width * options.width * 3 // 4 / 1e6:.1f} megapixels, {len(data) / 1e6:.1f} MB",
            {**contenders, "Pillow's decoding": decode},
            goals={"Pillow's decoding": "at most 1.6"},
            unit="seconds",
        )
        for row in (HEADER, ["---"] * len(HEADER), *rows(contest, run(contest, options.rounds))):
            print(line(row))


def photograph(across: int) -> bytes:
    """Return a JPEG of so many pixels across, about as hard to decode as one from a camera."""
    size = (across, across * 3 // 4)
    width, height = size[0] // GRAIN, size[1] // GRAIN
    noise = Image.frombytes("RGB", (width, height), random.Random(0).randbytes(3 * width * height))
    file = io.BytesIO()
    noise.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


if __name__ == "__main__":
    main()
