"""A hundred viewers over both servers of one rendition that is not there: one render, one object."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import make_image, sha256
from tests.resilience.cluster_load import token_of
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers.machine import until

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

VIEWERS = 100
SECONDS = 60  # a deadline, not a wait
SPEC = "full/1280,960/0/default.webp"


def well(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, str], bytes] | None:
    return None if answer[0] == 503 else answer


def test_a_hundred_viewers_are_one_render_and_one_object(wired, wire, record_property):
    wired.worker.stop()  # it draws what was uploaded
    data = make_image(size=(1600, 1200))
    headers = token_of(wired) | MULTIPART
    status, _, answer = wired.nginx.request("POST", "/api/v1/images", multipart("photo.jpg", data), headers)
    assert status == 201, answer
    address = f"/iiif/3/{json.loads(answer)['id']}/{SPEC}"
    together, drawn, met = threading.Barrier(VIEWERS), threading.Event(), Counter()

    def view(server) -> tuple[int, bytes]:
        together.wait(SECONDS)
        status, _, body = server.request("GET", address)
        met[status] += 1
        if status == 503:  # past half of the threads: it is told to come back
            assert drawn.wait(SECONDS)
            status, _, body = until(lambda: well(server.request("GET", address)), SECONDS)
        drawn.set()
        return status, body

    with ThreadPoolExecutor(VIEWERS) as pool:
        ((status, body),) = set(pool.map(view, wired.servers * (VIEWERS // 2)))
    record_property("the first answers", dict(met))
    assert status == 200
    put = [line.split()[1] for line in wire.requests if line.startswith("PUT ")]
    (rendition,) = [path for path in put if "/renditions/" in path]  # each render would put its bytes
    assert rendition.endswith(sha256(body))
    listed = wired.store.client.list_objects_v2(Bucket=wired.store.bucket, Prefix="renditions/")
    assert listed["KeyCount"] == 1
    for server in wired.servers:
        assert "Traceback" not in server.log
