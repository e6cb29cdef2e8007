"""A PostgreSQL that stands still under load: what needs it is busy, all else goes on, and it is soon over."""

import http.client
import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from images.concurrency.silence import QUERY_TIMEOUT
from tests.factories import make_image
from tests.resilience.robustness import LiveLibrary, live_library
from tests.servers.machine import until
from tests.servers.postgresql import Server, temporary_postgresql

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

SILENCE = 8  # seconds; requests need less to find it out
WELL_AGAIN = 2  # seconds
MANY = 40  # who ask for pages: more than the server has threads
FEW = 4  # who ask for each other kind


@dataclass
class Watch:
    """Answers to one kind of request: (when it was sent, seconds it took, status)."""

    paths: list[str]
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[float, float, int]] = field(default_factory=list)

    def between(self, begin: float, end: float = float("inf")) -> Counter:
        return Counter(status for sent, _, status in self.answers if begin <= sent < end)

    @property
    def slowest(self) -> float:
        return max(took for _, took, _ in self.answers)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with temporary_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def library(server, tmp_path_factory) -> Iterator[LiveLibrary]:
    folder = tmp_path_factory.mktemp("silent") / "data"
    with live_library(folder, DATABASE_URL=server.database("silent")) as library:
        yield library


@contextmanager
def asking(port: int, watch: Watch, threads: int, pause: float = 0.02) -> Iterator[None]:
    """Ask for the paths of `watch` again and again, in so many threads, for the length of the block."""
    stop = threading.Event()

    def ask() -> None:
        for path in itertools.cycle(watch.paths):
            sent = time.monotonic()
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                client.request("GET", path, headers=watch.headers)
                response = client.getresponse()
                response.read()
                watch.answers.append((sent, time.monotonic() - sent, response.status))
            finally:
                client.close()
            if stop.wait(pause):
                return

    askers = [threading.Thread(target=ask) for _ in range(threads)]
    for asker in askers:
        asker.start()
    try:
        yield
    finally:
        stop.set()
        for asker in askers:
            asker.join()


def test_it_stops_nothing_that_does_not_need_it_and_is_over_at_once(server, library, record_property):
    images = [library.upload(f"{seed}.png", make_image(seed=seed)) for seed in range(3)]
    hidden = library.upload("hidden.png", make_image(seed=9))
    token = next(library._senders)
    application = library.application
    done = application.request(
        "PATCH",
        f"/api/v1/images/{hidden['id']}",
        b'{"visibility": "private"}',
        token | {"Content-Type": "application/json"},
    )
    assert done[0] == 200

    probes = Watch(["/healthz"])
    warm = Watch([path for image in images for path in (image["file_url"], picture_of(image))])
    pages = Watch(["/", "/albums"])
    private = Watch([hidden["file_url"]], token)
    with (
        asking(application.port, probes, 1),
        asking(application.port, warm, FEW),
        asking(application.port, pages, MANY, 0.5),
        asking(application.port, private, FEW, 0.1),
    ):
        until(lambda: all(len(watch.answers) > 50 for watch in (warm, pages, private)))
        begun = time.monotonic()
        with server.silent():
            threading.Event().wait(SILENCE)
        ended = time.monotonic()
        until(lambda: time.monotonic() > ended + WELL_AGAIN + 3, 60)
    for name, watch in {"/healthz": probes, "public": warm, "pages": pages, "private": private}.items():
        told = f"{dict(watch.between(begun, ended))}, the slowest {watch.slowest:.2f} s"
        record_property(f"{name}, while PostgreSQL stood still for {SILENCE} s", told)

    assert probes.between(0).keys() == warm.between(0).keys() == {200}
    assert probes.slowest < 1
    for watch in (pages, private):
        assert watch.between(begun, ended).keys() <= {200, 503}
        assert watch.between(begun, ended)[503] > 100  # at once, most of them
        assert watch.between(ended + WELL_AGAIN).keys() == {200}
        assert watch.slowest < QUERY_TIMEOUT
    assert "Traceback" not in application.log


def picture_of(image: dict) -> str:
    """Return the address of a rendition that is stored."""
    return f"/iiif/3/{image['id']}/full/max/0/default.webp"
