"""A cache of its own in front of the library, set up as docs/runbook.md says."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests import BASE_DIR
from tests.documents import run_by
from tests.factories import make_image
from tests.integration.deploy.test_nginx import upload
from tests.integration.deploy.test_readme import type_in
from tests.servers.application import Application
from tests.servers.machine import find_program, free_ports, need, until
from tests.servers.nginx import Nginx, running_nginx
from tests.servers.proxy import proxy

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

EDGE = BASE_DIR / "deploy" / "edge.conf"
JSON = {"Content-Type": "application/json"}
PURGES = 30  # seconds that a worker has to come to its task


@dataclass
class Way:
    """From a reader to the library: the cache, nginx, the application; and what reached it."""

    edge: Nginx
    library: Application
    admin: dict[str, str]
    seen: list[bytes]

    def reached(self, path: str) -> int:
        return sum(f" {path} ".encode() in piece for piece in self.seen)

    def hide(self, path: str) -> None:
        change = json.dumps({"visibility": "private"}).encode()
        answer = self.library.request("PATCH", path.removesuffix("/file"), change, self.admin | JSON)
        assert answer[0] == 200


@pytest.fixture(scope="module")
def way(tmp_path_factory) -> Iterator[Way]:
    folder, seen = tmp_path_factory.mktemp("cdn"), []
    shipped = folder / "deploy" / "nginx.conf"
    shipped.parent.mkdir()
    shipped.write_text((BASE_DIR / "deploy" / "nginx.conf").read_text())
    operating = (BASE_DIR / "docs" / "operating.md").read_text()
    behind_another = next(line for line in operating.splitlines() if line.startswith("sed -i"))
    uncached, _ = run_by(__file__, "docs/runbook.md")
    type_in(f"{behind_another}\n{uncached}", folder, {})

    def request(piece: bytes) -> bytes:
        seen.append(piece)
        return piece

    (port,) = free_ports(1)
    for name in ("inner", "edge"):
        (folder / name).mkdir()
    with ExitStack() as on_exit:
        library = Application(folder / "data", WEB_CONCURRENCY="1", IMAGELIB_TRUSTED_PROXIES="2")
        between = on_exit.enter_context(proxy(library.url, request))
        inner = running_nginx(folder / "inner", between.server_address[1], configuration=shipped)
        changes = {
            "listen 127.0.0.1:8079;": f"listen 127.0.0.1:{port};",
            "http://127.0.0.1:8079;": f"http://127.0.0.1:{port};",
        }
        edge = running_nginx(folder / "edge", on_exit.enter_context(inner).port, changes, EDGE)
        edge = on_exit.enter_context(edge)
        library.environment["IMAGELIB_CDN_PURGE"] = edge.url
        on_exit.callback(library.stop)
        library.start_with_worker()
        token = library.manage("createtoken", "admin").stdout.split()[-1]
        yield Way(edge, library, {"Authorization": f"Token {token}"}, seen)


def test_a_public_image_is_fetched_once_and_forgotten_when_it_is_hidden(way):
    data = make_image(seed=1)
    path = upload(way.edge, way.admin, data)
    answers = [way.edge.request(method, path) for method in ("GET", "GET", "HEAD")]
    assert [answer[1]["x-cache"] for answer in answers] == ["MISS", "HIT", "HIT"]
    assert [answer[2] for answer in answers] == [data, data, b""]
    assert answers[1][1]["cache-control"] == "public, max-age=31536000, immutable"
    assert way.reached(path) == 1

    way.hide(path)
    until(lambda: way.edge.request("GET", path)[0] == 404, PURGES)
    statuses = [way.edge.request("GET", path, headers=way.admin)[0]]
    until(lambda: statuses.append(way.edge.request("GET", path)[0]) or way.reached(path) > 2)
    assert set(statuses[1:]) == {404}  # from the library again, when the second of the cache's own was over
    assert statuses[0] == 200


def test_derived_images_are_forgotten_too(way):
    path = upload(way.edge, way.admin, make_image(size=(640, 480), seed=2))
    derived = f"/iiif/3/{path.split('/')[-2]}/full/320,240/0/default.webp"
    for _ in range(2):
        status, headers, _ = way.edge.request("GET", derived)
        assert status == 200
    assert headers["x-cache"] == "HIT"
    way.hide(path)
    until(lambda: way.edge.request("GET", derived)[0] == 404, PURGES)


def test_nothing_else_is_ever_kept(way):
    public = upload(way.edge, way.admin, make_image(seed=3), title="Kite")
    private = upload(way.edge, way.admin, make_image(seed=4), visibility="private")
    kept = way.edge.stored
    for _ in range(2):
        assert way.edge.request("GET", private, headers=way.admin)[0] == 200
        assert way.edge.request("GET", private)[0] == 404
        copy = way.edge.request("GET", f"{public}?metadata=embedded")
        assert (copy[0], "x-cache" in copy[1]) == (200, False)
        part = way.edge.request("GET", public, headers={"Range": "bytes=0-9"})
        assert (part[0], len(part[2])) == (206, 10)
        for page in ("/", public.removesuffix("/file"), "/accounts/login", "/healthz", "/api/v1/images"):
            status, headers, _ = way.edge.request("GET", page)
            assert (status, "x-cache" in headers) == (200, False), page
    assert way.edge.stored == kept


def test_strangers_have_nothing_forgotten(way):
    path = upload(way.edge, way.admin, make_image(seed=5))
    way.edge.change({"127.0.0.1 1;": "10.0.0.1 1;"})
    until(lambda: way.edge.request("PURGE", path)[0] == 405)
    until(lambda: way.edge.request("GET", path)[0] == 200)  # for a second it was forgotten
    assert way.edge.request("PURGE", path)[0] == 405
    assert way.edge.request("GET", f"/forget{path}")[0] == 404
    assert way.edge.request("GET", path)[1]["x-cache"] == "HIT"
    way.edge.change({"10.0.0.1 1;": "127.0.0.1 1;"})
    until(lambda: way.edge.request("PURGE", path)[0] == 404)


def test_how_it_is_seen_to_work(way):
    need("curl", find_program("curl"), "the commands as the documents write them")
    path = upload(way.edge, way.admin, make_image(seed=6))
    _, look = run_by(__file__, "docs/runbook.md")
    look = look.replace("https://images.example.org", way.edge.url)
    printed = type_in(look, way.edge.directory, {"PATH": os.environ["PATH"], "ID": path.split("/")[-2]})
    assert [line.split()[1] for line in printed.splitlines()] == ["MISS", "HIT"]
    logged = (way.edge.directory / "access.log").read_text().splitlines()[-1]
    assert logged.split()[1:5] == ["HEAD", "200", "0", "HIT"]


def test_both_configurations_know_the_same_addresses_and_sizes():
    shipped, edge = ((BASE_DIR / "deploy" / name).read_text() for name in ("nginx.conf", "edge.conf"))
    for pattern in (r"location ~ \"\^/\(api/v1/images.*", r"client_max_body_size \d{3}m;", r"keepalive 32;"):
        assert set(re.findall(pattern, shipped)) == set(re.findall(pattern, edge)) != set()
