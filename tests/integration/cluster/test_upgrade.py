"""From the code of an earlier commit to today's, one server after the other, and back, under load."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import BASE_DIR
from tests.resilience.cluster_load import Load, loaded
from tests.servers.application import Application
from tests.servers.cluster import Cluster, check
from tests.servers.machine import free_ports, until

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

UNDRAWN = "from django_tasks_db.models import DBTaskResult; print(DBTaskResult.objects.count())"


def run(server: Application, code: Path) -> None:
    """Stop a server, and start it with this code."""
    server.stop()
    server.code = code
    server.start()


def ask(server: Application, token: dict[str, str], method: str, path: str, **fields: Any) -> Any:
    """Return what the API answers, which has to be well."""
    headers = token | {"Content-Type": "application/json"}
    status, _, answer = server.request(method, path, json.dumps(fields).encode(), headers)
    assert status < 300, answer
    return json.loads(answer)


def fill(server: Application, load: Load) -> dict[str, str]:
    """Have one of each thing that a library keeps beside its images; return their addresses."""
    image = next(iter(load.warm)).removesuffix("/file")
    ask(server, load.token, "PATCH", image, title="Kite", tags=["Sky"])
    album = ask(server, load.token, "POST", "/api/v1/albums", title="Summer")
    ask(server, load.token, "POST", f"/api/v1/albums/{album['id']}/images", images=[image.rpartition("/")[2]])
    target = {"type": "album", "album": album["id"]}
    share = ask(server, load.token, "POST", "/api/v1/shares", target=target)
    return {
        "image": image,
        "album": f"/api/v1/albums/{album['id']}",
        "share": f"/api/v1/shares/{share['id']}",
        "link": urlsplit(share["url"]).path,
    }


def told(server: Application, token: dict[str, str], at: dict[str, str]) -> list[Any]:
    """Return what a server says of what `fill` made."""
    image, album, share = (ask(server, token, "GET", at[name]) for name in ("image", "album", "share"))
    within = ask(server, token, "GET", f"{at['album']}/images")
    return [
        *(
            image["title"],
            image["tags"],
            [tag["name"] for tag in ask(server, token, "GET", "/api/v1/tags")["results"]],
        ),
        *(album, [each["id"] for each in within["results"]]),
        *(share["target"], server.request("GET", at["link"])[0]),
    ]


def test_servers_of_two_versions_serve_one_library(folder, earlier_code, record_property):
    check(folder)
    cluster = Cluster(folder, free_ports(1)[0], COVERAGE_PROCESS_START="")
    first, second = cluster.servers
    for server in cluster.servers:
        server.code = earlier_code
    try:
        cluster.start()
        cluster.worker.stop()  # it has today's code, and comes last
        with loaded(cluster, seed=6) as load:
            of_before, at = dict(load.sent), fill(first, load)
            before = told(first, load.token, at)
            run(second, BASE_DIR)  # it migrates, while the first serves
            assert told(first, load.token, at) == told(second, load.token, at) == before
            load.goes_on()
            run(first, BASE_DIR)
            cluster.worker.work()
            load.goes_on()
            assert told(first, load.token, at) == before
            run(first, earlier_code)  # and back
            load.goes_on()
            assert told(first, load.token, at) == before
        record_property("an upgrade of two servers, and one back", load.told())
        assert of_before
        assert load.wrong == load.lost() == []
        assert load.outcomes() <= {"200", "201", "206"}, load.counts()  # nobody noticed
        until(lambda: second.manage("shell", "-v0", "-c", UNDRAWN).stdout.strip() == "0", 60)
        for part in (first, second):
            assert "Traceback" not in part.log
    finally:
        cluster.stop()
