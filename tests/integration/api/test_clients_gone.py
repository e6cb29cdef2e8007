"""A client that goes away before its answer: what it asked for is done whole, and can be found and undone."""

import json
import socket

import pytest

from tests.resilience.robustness import LiveLibrary, live_library
from tests.servers.application import fresh_database
from tests.servers.machine import until

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.drill]

COUNT = 1_000  # images of five batches
ROWS = f"""
from tests.factories import add_rows
from images.maintenance.recounting import recount
for image in add_rows({COUNT}):
    print(image.pk)
recount()
"""


@pytest.fixture
def library(tmp_path):
    with (
        fresh_database(tmp_path / "data") as database_url,
        live_library(tmp_path / "data", DATABASE_URL=database_url, WEB_CONCURRENCY="1") as library,
    ):
        yield library


def ask(library: LiveLibrary, token: dict[str, str], method: str, path: str) -> dict:
    status, _, body = library.application.request(method, path, headers=token)
    assert status == 200, body
    return json.loads(body)


def send_and_go(library: LiveLibrary, token: dict[str, str], path: str, said: dict) -> None:
    """Send a request and close the connection, whatever becomes of it."""
    body = json.dumps(said).encode()
    head = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": len(body), **token}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    with socket.create_connection(("127.0.0.1", library.application.port)) as client:
        client.sendall("\r\n".join(lines).encode() + body)


def test_a_batch_is_done_whole_recorded_and_undoable(library):
    printed = library.application.manage("shell", "--verbosity=0", "-c", ROWS).stdout.split()
    ids = printed[-COUNT:]
    token = library.application.manage("createtoken", "admin").stdout.split()[-1]
    header = {"Authorization": f"Token {token}"}
    last = f"/api/v1/images/{ids[-1]}"
    said = {"action": "edit", "changes": {"title": "Kite"}, "images": ids}
    send_and_go(library, header, "/api/v1/batch", said)
    assert until(lambda: ask(library, header, "GET", last)["title"] == "Kite")
    assert found(library, header) == COUNT
    (change,) = ask(library, header, "GET", f"{last}/history")["results"]
    assert (change["by"], change["undoable"]) == ("admin", True)
    undone = ask(library, header, "POST", f"/api/v1/changes/{change['action']}/undo")
    assert sorted(result["id"] for result in undone["results"]) == sorted(ids)
    assert {result["code"] for result in undone["results"]} == {""}
    assert found(library, header) == 0
    assert library.faults_of_workers() == []
    assert "Traceback" not in library.application.log


def found(library: LiveLibrary, token: dict[str, str]) -> int:
    """Return how many images have the title."""
    months = ask(library, token, "GET", "/api/v1/timeline?search=kite")
    return sum(month["count"] for month in months["months"])
