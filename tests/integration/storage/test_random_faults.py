"""Zero wrong bytes: twelve hundred requests while the store fails at random."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connections
from django.test import Client

from storage import breaker, deadline, get_storage
from tests.clients.api import IMAGES, problem
from tests.factories import add_image, make_image
from tests.resilience import faults
from tests.resilience.faults import Answer, after, drip, flipped, instead, mislabelled, refusal
from tests.servers.faulty_proxy import FaultyProxy, faulty, no_fault, refused

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

REQUESTS = 1200
THREADS = 8
SEED = 20_260_101

# How often each fault comes, in a hundred requests to the store.
FAULTS = [
    (60, "none", no_fault),
    (4, "slow", drip(2**14, seconds=0.005)),
    (6, "flipped", flipped(9_000)),
    (5, "cut in the body", after(9_000, faults.cut)),
    (4, "reset in the body", after(9_000, faults.reset)),
    (3, "reset", faults.reset),
    (3, "closed", faults.cut),
    (3, "garbage", instead(b"SSH-2.0-OpenSSH_9.2\r\n")),
    (3, "500", refusal("500 Internal Server Error", "InternalError", "telltale", "http://telltale")),
    (3, "503", refusal("503 Service Unavailable", "ServiceUnavailable", "telltale", "http://telltale")),
    (3, "too short", mislabelled(lambda length: max(0, length - 100))),
    (1, "too long", mislabelled(lambda length: length + 100)),
    (1, "stalled", faults.stall),
    (1, "stalled in the body", after(9_000, faults.stall)),
]
OUTAGES = range(200, REQUESTS, 400)  # the requests at which the store goes away, for 20 requests each


@dataclass(frozen=True)
class File:
    """An image of the library: where its bytes are, what they are, and its tag."""

    path: str
    data: bytes
    tag: str


def ask(client: Client, file: File, rng: random.Random, wire: FaultyProxy) -> str:
    """Send a random request for `file`; return what came, having checked every byte of it."""
    size = len(file.data)
    first = rng.randrange(size)
    last = rng.randrange(first, size)
    whole = ("GET", {}, 200, file.data, None)
    method, headers, status, wanted, content_range = rng.choice(
        [
            *(whole, whole, whole),
            ("HEAD", {}, 200, b"", None),
            ("GET", {"If-None-Match": file.tag}, 304, b"", None),
            ("GET", {"Range": f"bytes={size}-"}, 416, None, f"bytes */{size}"),
            (
                *("GET", {"Range": f"bytes={first}-{last}"}),
                *(206, file.data[first : last + 1], f"bytes {first}-{last}/{size}"),
            ),
        ]
    )
    response = client.generic(method, file.path, headers=headers)
    body = response.getvalue() if response.streaming else response.content
    if response.status_code == 500:
        assert method == "GET"
        assert status in (200, 206), "the store was asked for nothing"
        assert problem(response) == (500, "storage_error")
        assert not {"ETag", "Location", "Content-Range", "Repr-Digest"} & {*response.headers}
        assert faults.telltales(f"{response.headers}{response.text}", wire) == []
        return "500 storage_error"
    assert (response.status_code, response.get("Content-Range")) == (status, content_range)
    if status == 416:
        assert problem(response) == (416, "range_not_satisfiable")
        return "GET 416"
    assert (response["ETag"], body) == (file.tag, wanted)
    if status in (200, 206):
        assert response["Content-Length"] == str(size if method == "HEAD" else len(body))
    return f"{method} {status}"


@pytest.fixture
def wire(settings, seaweedfs, monkeypatch):
    """The way to the library's bucket, with short timeouts and a small cache."""
    monkeypatch.setattr(breaker, "REST_SECONDS", 0)
    monkeypatch.setattr(deadline, "BASE_SECONDS", 2)
    with faulty(seaweedfs.endpoint_url) as wire:
        settings.IMAGELIB_STORAGE = "s3"
        options = {"endpoint_url": wire.endpoint_url, "read_timeout": 0.3}
        settings.IMAGELIB_S3 = seaweedfs.options | options
        settings.IMAGELIB_CACHE_MAX_BYTES = 600_000
        get_storage.cache_clear()
        yield wire


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_every_answer_is_exact_or_a_clean_error(wire, record_property):
    files = []
    for seed in range(20):
        data = make_image("PNG", (100 + 10 * seed, 80), seed=seed, compress_level=0)
        if seed >= 18:  # too large for the one body that a small file is sent as
            data = make_image("PNG", (640, 560), seed=seed, compress_level=0)
        image = add_image(data)
        files.append(File(f"{IMAGES}/{image.pk}/file", data, f'"{image.hash}"'))

    chance, injected = random.Random(SEED), Counter()
    odds, names, effects = zip(*FAULTS, strict=True)

    def random_fault(answer: Answer):
        ((name, effect),) = chance.choices(list(zip(names, effects, strict=True)), odds)
        injected[name] += 1
        return effect(answer)

    callers = threading.local()  # a client is slow to make, its middleware above all

    def make_client() -> None:
        callers.client = Client()

    def request(number: int) -> str:
        if number in OUTAGES:
            wire.fault = refused
        if number - 20 in OUTAGES:
            wire.fault = random_fault
        rng = random.Random(SEED + number)
        return ask(callers.client, rng.choice(files), rng, wire)

    together = threading.Barrier(THREADS)

    def close_connections(_) -> None:
        together.wait(10)  # so that every thread closes its own
        connections.close_all()

    wire.fault = random_fault
    with ThreadPoolExecutor(THREADS, initializer=make_client) as pool:
        outcomes = Counter(pool.map(request, range(REQUESTS)))
        list(pool.map(close_connections, range(THREADS)))

    record_property(f"{REQUESTS} requests (seed {SEED})", "every byte of every answer checked, 0 wrong")
    for title, counts in (("answers", outcomes), ("the store's own", injected)):
        record_property(f"  {title}", ", ".join(f"{count} {name}" for name, count in counts.most_common()))

    assert outcomes.total() == REQUESTS
    assert {*injected} == {*names}
    assert min(outcomes.values()) > 25
