"""A PostgreSQL that stands still under load: what needs it is busy, all else goes on, and it is soon over."""

import threading
import time
from collections.abc import Iterator

import pytest

from images.concurrency.silence import QUERY_TIMEOUT
from tests.factories import make_image
from tests.resilience.robustness import LiveLibrary, live_library
from tests.resilience.watching import Watch, asking
from tests.servers.machine import until
from tests.servers.postgresql import Server, temporary_postgresql

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

SILENCE = 8  # seconds; requests need less to find it out
WELL_AGAIN = 2  # seconds
MANY = 40  # who ask for pages: more than the server has threads
FEW = 4  # who ask for each other kind


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with temporary_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def library(server, tmp_path_factory) -> Iterator[LiveLibrary]:
    folder = tmp_path_factory.mktemp("silent") / "data"
    with live_library(
        folder, DATABASE_URL=server.database("silent"), IMAGELIB_METRICS_TOKEN="a-token"
    ) as library:
        yield library


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
    figures = Watch(["/metrics"], {"Authorization": "Bearer a-token"})
    with (
        asking(application.port, probes, 1),
        asking(application.port, figures, 1, 0.1),
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
    for name, watch in {
        "/healthz": probes,
        "/metrics": figures,
        "public": warm,
        "pages": pages,
        "private": private,
    }.items():
        told = f"{dict(watch.between(begun, ended))}, the slowest {watch.slowest:.2f} s"
        record_property(f"{name}, while PostgreSQL stood still for {SILENCE} s", told)

    assert probes.between(0).keys() == warm.between(0).keys() == {200}
    assert probes.slowest < 1
    assert figures.between(0).keys() == {200}  # but for the queue, which the first waits for
    assert figures.slowest < 6
    for watch in (pages, private):
        assert watch.between(begun, ended).keys() <= {200, 503}
        assert watch.between(begun, ended)[503] > 100  # at once, most of them
        assert watch.between(ended + WELL_AGAIN).keys() == {200}
        assert watch.slowest < QUERY_TIMEOUT
    assert "Traceback" not in application.log
    lines = [line for line in application.log.splitlines() if " INFO imagelib.requests: " not in line]
    assert [line for line in lines if "The database is away: " in line]
    assert [line for line in lines if "The database answers again, " in line]
    said = [line for line in lines if "ERROR" in line or "WARNING" in line]
    assert len(said) < MANY  # of who was there when it began


def picture_of(image: dict) -> str:
    """Return the address of a rendition that is stored."""
    return f"/iiif/3/{image['id']}/full/max/0/default.webp"
