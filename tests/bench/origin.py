"""The one origin of a run: a real SeaweedFS, the pictures in it, and a proxy that counts and delays."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import BASE_DIR
from tests.bench.subjects import Imagelib, Picture
from tests.servers.proxy import Proxy, proxy
from tests.servers.seaweedfs import SeaweedFS

FILL_SECONDS = 600


@contextmanager
def running_origin(directory: Path) -> Iterator[SeaweedFS]:
    """Run SeaweedFS with an empty bucket."""
    directory.mkdir()
    server = SeaweedFS(directory, "bench", "BENCHKEYID", "bench-secret-key")
    try:
        server.start()
        yield server
    finally:
        server.stop()


def fill(application: Imagelib, folder: Path, counts: dict[int, int]) -> dict[int, list[Picture]]:
    """Bring `counts` (bytes -> how many) pictures into the library, and copies of them into `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.noise", str(folder), json.dumps(counts)],
        cwd=BASE_DIR,
        env=application.environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=FILL_SECONDS,
    )
    pictures: dict[int, list[Picture]] = {nominal: [] for nominal in counts}
    for line in done.stdout.splitlines():
        picture = Picture(**json.loads(line))
        pictures[picture.nominal].append(picture)
    return pictures


class Watch:
    """Counts the GETs of objects that reach the origin, and holds every request back for `delay` seconds."""

    def __init__(self, bucket: str):
        self.delay = 0.0
        self.gets = 0
        self._start = f"GET /{bucket}/".encode()  # an object's key follows; the bucket itself ends here
        self._lock = threading.Lock()

    def __call__(self, piece: bytes) -> bytes:
        if self._start in piece:
            with self._lock:
                self.gets += 1
        time.sleep(self.delay)
        return piece


@contextmanager
def watched(origin: SeaweedFS) -> Iterator[tuple[Watch, Proxy]]:
    """Run a proxy in front of `origin`, and yield what watches it."""
    watch = Watch(origin.bucket)
    with proxy(origin.endpoint_url, request=watch) as server:
        yield watch, server
