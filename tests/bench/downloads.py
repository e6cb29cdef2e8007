"""What a download of two gigabytes costs the server and its other readers: `python -m tests.bench.downloads`.

An album of --files files of 20 MB in a bucket of a real S3 server is downloaded once, and twice at a time, by
imagelib as production runs it. Printed are the seconds beside those of the same files one by one, by how many
bytes all processes grow meanwhile at the most, and the median of the gallery's page beside that of before.
Then what it takes to plan one of 50,000 images, of which there are rows alone. Archives are unpacked, and
their manifests checked. With more than 64 MB, or an archive that is none, it ends with 1.
"""

import argparse
import http.client
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import bagit
from PIL import Image

from tests.bench.memory import memory_of
from tests.bench.subjects import s3_environment
from tests.bench.table import line
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers.application import Application, running
from tests.servers.seaweedfs import SeaweedFS

SIDE = 2_582  # pixels: of three bytes each and nothing compressed 20 MB
MOST = 64 * 10**6  # bytes
PAUSE = 0.05  # seconds between two looks
PLANNED = 50_000
ROWS = """
from hashlib import sha256
from images.models import Image
facts = {"mime_type": "image/jpeg", "size": 4_000_000, "width": 3, "height": 2, "author": "Planned"}
Image.objects.bulk_create(
    (
        Image(hash=sha256(b"%d" % n).hexdigest(), filename=f"IMG_{n:05}.jpg", search_text="planned", **facts)
        for n in range(COUNT)
    ),
    batch_size=1000,
)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=100)
    count = parser.parse_args().files
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        folder = Path(temporary)
        seaweedfs = SeaweedFS(folder / "objects", "bench", "bench", "a secret of the bench")
        seaweedfs.directory.mkdir()
        seaweedfs.start()
        try:
            with running(
                Application(folder / "data", **s3_environment(seaweedfs, seaweedfs.endpoint_url))
            ) as server:
                is_fine = measure(server, count, folder)
        finally:
            seaweedfs.stop()
    sys.exit(not is_fine)


def measure(server: Application, count: int, folder: Path) -> bool:
    token = {"Authorization": f"Token {server.manage('createtoken', 'admin').stdout.split()[-1]}"}
    ids = [upload(server, token, noise(number)) for number in range(count)]
    made = server.request(
        *("POST", "/api/v1/albums", json.dumps({"title": "Large", "visibility": "public"}).encode()),
        token | {"Content-Type": "application/json"},
    )
    album = json.loads(made[2])["id"]
    filed = json.dumps({"images": ids}).encode()
    address = f"/api/v1/albums/{album}/download"
    server.request(
        "POST", f"/api/v1/albums/{album}/images", filed, token | {"Content-Type": "application/json"}
    )
    gallery(server)  # the first look draws nothing any more
    before = statistics.median(gallery(server) for _ in range(40))

    began = time.monotonic()
    for pk in ids:
        read(server, f"/api/v1/images/{pk}/file", token, io.BytesIO())
    one_by_one = time.monotonic() - began

    print(line(("Downloads at once", "Seconds", "of one by one", "More memory, MB", "Gallery, of before")))
    print(line(["---"] * 5))
    grown = []
    for at_once in (1, 2):
        paths = [folder / f"{number}.zip" for number in range(at_once)]
        seconds, growth, during = watched(server, partial(save, server, address, token, paths))
        ratios = seconds / one_by_one, during / before
        print(
            line(
                (
                    f"{at_once}",
                    f"{seconds:.1f}",
                    f"{ratios[0]:.2f}",
                    f"{growth / 1e6:.0f}",
                    f"{ratios[1]:.2f}",
                )
            )
        )
        grown.append(growth)
    return check(folder, paths) and plan(server, token) and max(grown) <= MOST


def watched(server: Application, work: Callable[[], None]) -> tuple[float, int, float]:
    """Return the seconds of `work`, by how many bytes the server grew at the most, and the median seconds of
    the gallery meanwhile.
    """
    before = most = memory_of(server.pid)
    looks, began = [], time.monotonic()
    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(work)
        while not done.done():
            looks.append(gallery(server))
            most = max(most, memory_of(server.pid))
            threading.Event().wait(PAUSE)
        done.result()
    return time.monotonic() - began, most - before, statistics.median(looks)


def save(server: Application, address: str, token: dict[str, str], paths: list[Path]) -> None:
    with ThreadPoolExecutor(len(paths)) as threads:
        for done in [threads.submit(save_one, server, address, token, path) for path in paths]:
            done.result()


def save_one(server: Application, address: str, token: dict[str, str], path: Path) -> None:
    with path.open("wb") as file:
        read(server, address, token, file)


def read(server: Application, address: str, token: dict[str, str], sink: io.IOBase) -> None:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    client.request("GET", address, headers=token)
    response = client.getresponse()
    assert response.status == 200, response.read()
    length = int(response.getheader("Content-Length") or 0)
    while piece := response.read(2**16):
        sink.write(piece)
        length -= len(piece)
    assert not length, "it was cut"
    client.close()


def gallery(server: Application) -> float:
    began = time.monotonic()
    assert server.request("GET", "/")[0] == 200
    return time.monotonic() - began


def plan(server: Application, token: dict[str, str]) -> bool:
    """Print what planning the largest download takes; return whether that is little enough."""
    rows = [sys.executable, "manage.py", "shell", "-v0", "-c", ROWS.replace("COUNT", str(PLANNED - 1_000))]
    subprocess.run(rows, cwd=server.code, env=server.environment, check=True)
    server.request("HEAD", "/api/v1/download", headers=token)
    before, began = memory_of(server.pid), time.monotonic()
    status, headers, _ = server.request("HEAD", "/api/v1/download", headers=token)
    seconds, growth = time.monotonic() - began, memory_of(server.pid) - before
    print(f"\nPlanned of {PLANNED - 1_000} images and more: {seconds:.1f} s, {growth / 1e6:.0f} MB stay.")
    assert status == 200, headers
    return growth <= MOST


def check(folder: Path, paths: list[Path]) -> bool:
    """Return whether the archives unpack to valid bags."""
    for path in paths:
        unpacked = folder / path.stem
        with zipfile.ZipFile(path) as archive:
            archive.extractall(unpacked)
        path.unlink()
        (only,) = unpacked.iterdir()
        bag = bagit.Bag(str(only))
        bag.validate()
        print(f"{len(bag.payload_entries())} files, {bag.info['Payload-Oxum']} bytes: a valid bag.")
    return True


def upload(server: Application, token: dict[str, str], data: bytes) -> str:
    body = multipart("noise.png", data)
    status, _, answer = server.request("POST", "/api/v1/images", body, token | MULTIPART)
    assert status == 201, answer
    pk: str = json.loads(answer)["id"]
    return pk


def noise(seed: int) -> bytes:
    file = io.BytesIO()
    pixels = random.Random(seed).randbytes(3 * SIDE * SIDE)
    Image.frombytes("RGB", (SIDE, SIDE), pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    main()
