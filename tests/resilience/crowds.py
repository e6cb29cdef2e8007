"""A crowd that asks for what is dear, without a pause, and how long others wait meanwhile.

64 connections sign in under ever new names, 48 ask for tiles that are not drawn yet, 50 for an absent image.
The crowd is of processes of its own, so that it does not keep the one that measures from measuring.
"""

import http.client
import io
import itertools
import multiprocessing
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from PIL import Image

from images.iiif.pyramid import tiles
from tests.resilience.robustness import LiveLibrary

SIZE = (4000, 3000)  # of each image whose tiles are asked for
IMAGES = 6
KINDS = {"sign-ins": 64, "tiles": 48, "absent": 50}  # connections of each
TOKEN = "a" * 32  # against CSRF: a form is trusted that says what the cookie says

Ask = Callable[[http.client.HTTPConnection], int]


@dataclass
class Waits:
    """How long each path was waited for, in seconds, and what the crowd was answered."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    answers: Counter = field(default_factory=Counter)


class Scene:
    """A library with images for the crowd, and what others ask for: the process, a style sheet, an image."""

    def __init__(self, library: LiveLibrary):
        self.library = library
        self.tiled = [library.upload("large.png", picture(SIZE, number))["id"] for number in range(IMAGES)]
        warm = library.upload("warm.png", picture((200, 200), IMAGES))
        self.paths = ["/healthz", "/static/images/base.css", f"/api/v1/images/{warm['id']}/file"]

    def measure(self, port: int, seconds: float) -> Waits:
        """Have the crowd at `port` for so long; return how long others waited there."""
        waits, end = Waits({path: [] for path in self.paths}), time.monotonic() + seconds
        with crowd(port, self.tiled) as answers:
            for path in itertools.cycle(self.paths):
                if time.monotonic() > end:
                    break
                start = time.monotonic()
                client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                client.request("GET", path)
                response = client.getresponse()
                response.read()
                client.close()
                assert response.status == 200, (path, response.status)
                waits.seconds[path].append(time.monotonic() - start)
                time.sleep(0.02)  # others have pauses
        for _ in KINDS:
            waits.answers += answers.get(timeout=60)
        return waits


def picture(size: tuple[int, int], seed: int) -> bytes:
    """Return a PNG of a gradient, another for each seed."""
    file = io.BytesIO()
    Image.frombytes("RGB", (2, 2), random.Random(seed).randbytes(12)).resize(size).save(file, "PNG")
    return file.getvalue()


@contextmanager
def crowd(port: int, tiled: list[str]) -> Iterator[multiprocessing.Queue]:
    """Have the crowd for the length of the block; what it was answered is in the queue afterwards."""
    context = multiprocessing.get_context("spawn")
    stop, ready, answers = context.Event(), context.Barrier(len(KINDS) + 1), context.Queue()
    members = [
        context.Process(target=run, args=(kind, count, port, tiled, ready, stop, answers), daemon=True)
        for kind, count in KINDS.items()
    ]
    for member in members:
        member.start()
    try:
        ready.wait(60)
        yield answers
    finally:
        stop.set()
        for member in members:
            member.join(60)
            member.kill()


def run(kind: str, count: int, port: int, tiled: list[str], ready, stop, answers) -> None:
    """Be `count` connections that ask without a pause until `stop`; put into `answers` what was said."""
    seen: Counter = Counter()
    ask = {"sign-ins": signs_in, "tiles": lambda: asks_for_tiles(tiled), "absent": asks_for_one}[kind]()

    def member() -> None:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while not stop.is_set():
            try:
                seen[f"{kind} {ask(client)}"] += 1
            except (OSError, http.client.HTTPException):
                seen[f"{kind} hung up"] += 1
                client.close()

    threads = [threading.Thread(target=member, daemon=True) for _ in range(count)]
    ready.wait(60)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(seen)


def signs_in() -> Ask:
    def ask(client: http.client.HTTPConnection) -> int:
        form = {"username": uuid.uuid4().hex, "password": "wrong", "csrfmiddlewaretoken": TOKEN}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={TOKEN}"}
        return status_of(client, "POST", "/accounts/login", urlencode(form), headers)

    return ask


def asks_for_tiles(tiled: list[str]) -> Ask:
    specs = [f"/iiif/3/{image}/{spec}" for image in tiled for spec in tiles(*SIZE, "webp")]

    def ask(client: http.client.HTTPConnection) -> int:
        return status_of(client, "GET", random.choice(specs))

    return ask


def asks_for_one() -> Ask:
    path = f"/api/v1/images/{uuid.uuid4()}/file"
    return lambda client: status_of(client, "GET", path)


def status_of(client: http.client.HTTPConnection, method: str, path: str, *sent) -> int:
    client.request(method, path, *sent)
    response = client.getresponse()
    response.read()
    return response.status
