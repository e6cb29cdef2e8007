"""The loss of PostgreSQL's primary: on the standby alone all is read, and once it is promoted all is well."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from tests.factories import make_image
from tests.resilience.robustness import LiveLibrary, live_library
from tests.resilience.watching import Watch, asking
from tests.servers.application import ADMIN_PASSWORD
from tests.servers.machine import until
from tests.servers.postgresql import Server, running_standby, temporary_postgresql

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

WELL_AGAIN = 2  # seconds


@pytest.fixture
def primary() -> Iterator[Server]:
    with temporary_postgresql() as server:
        yield server


@pytest.fixture
def standby(primary) -> Iterator[Server]:
    primary.database("images")
    with running_standby(primary) as server:
        yield server


@pytest.fixture
def library(primary, standby, tmp_path) -> Iterator[LiveLibrary]:
    """A library that knows both, and looks for the one that writes."""
    hosts = ",".join(urlsplit(server.url).netloc.rpartition("@")[2] for server in (primary, standby))
    url = f"postgres://postgres@{hosts}/images?target_session_attrs=read-write"
    with live_library(tmp_path / "data", DATABASE_URL=url, IMAGELIB_ADMIN_PASSWORD=ADMIN_PASSWORD) as library:
        yield library


def sign_in(application) -> int:
    form = urlencode({"username": "admin", "password": ADMIN_PASSWORD}).encode()
    _, headers, body = application.request("GET", "/accounts/login")
    token = headers["set-cookie"].partition(";")[0]
    form += b"&csrfmiddlewaretoken=" + body.partition(b'csrfmiddlewaretoken" value="')[2][:64]
    said = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": token}
    return application.request("POST", "/accounts/login", form, said)[0]


def test_the_standby_is_promoted_under_load(library, primary, standby, record_property):
    images = [library.upload(f"{seed}.png", make_image(seed=seed)) for seed in range(3)]
    application, person = library.application, next(library._senders)
    of_image = f"/api/v1/images/{images[0]['id']}"

    def retitle(title: str) -> int:
        said = person | {"Content-Type": "application/json"}
        return application.request("PATCH", of_image, json.dumps({"title": title}).encode(), said)[0]

    watches = {
        "/healthz": Watch(["/healthz"]),
        "public": Watch([image["file_url"] for image in images]),
        "pages": Watch(["/", "/albums"]),
        "signed in": Watch([of_image], person),
    }
    with ExitStack() as load:
        for watch in watches.values():
            load.enter_context(asking(application.port, watch, 4, 0.05))
        assert retitle("before") == 200
        until(lambda: all(len(watch.answers) > 20 for watch in watches.values()))
        begun = time.monotonic()
        primary.fail()
        assert retitle("meanwhile") == 503
        standby.promote()
        until(lambda: retitle("after") == 200, WELL_AGAIN + 1)
        ended = time.monotonic()
        until(lambda: time.monotonic() > ended + WELL_AGAIN + 2)
    for name, watch in watches.items():
        told = f"{dict(watch.between(begun))}, the slowest {watch.slowest:.2f} s"
        record_property(f"{name}, from the loss of the primary on, which lasted {ended - begun:.1f} s", told)

    assert json.loads(application.request("GET", of_image)[2])["title"] == "after"
    for name in ("/healthz", "public"):
        assert watches[name].between(0).keys() == {200}
    for watch in watches.values():
        assert watch.between(0).keys() <= {200, 503}
        assert watch.between(ended + WELL_AGAIN).keys() == {200}
    assert "Traceback" not in application.log


def test_on_the_standby_alone_all_is_read_and_nothing_fails_but_what_is_written(
    library, primary, standby, tmp_path
):
    image = library.upload("one.png", make_image("PNG", (3000, 2000)))
    person = next(library._senders)
    url = standby.database("images")
    application = library.application
    application.stop()
    until(lambda: rows(url) == 1)  # it has all
    application.environment["DATABASE_URL"] = url
    primary.fail()
    application.serve()
    application.wait()

    picture = f"/iiif/3/{image['id']}/full/1500,/0/default.webp"
    for path in ("/", f"/images/{image['id']}", image["file_url"], picture, "/accounts/login"):
        assert application.request("GET", path)[0] == 200, path
        assert application.request("GET", path, headers=person)[0] == 200, path
    for _ in range(2):
        assert sign_in(application) == 503
        status, headers, body = application.request("DELETE", f"/api/v1/images/{image['id']}", None, person)
        assert (status, json.loads(body)["code"]) == (503, "busy")
        assert "retry-after" in headers
    standby.promote()
    until(lambda: not is_standby(url))
    assert sign_in(application) == 302
    assert application.request("DELETE", f"/api/v1/images/{image['id']}", None, person)[0] == 204
    assert "Traceback" not in application.log


def rows(url: str) -> int:
    with psycopg.connect(url) as session:
        return session.execute("SELECT count(*) FROM images_image").fetchone()[0]


def is_standby(url: str) -> bool:
    with psycopg.connect(url) as session:
        return session.execute("SELECT pg_is_in_recovery()").fetchone()[0]
