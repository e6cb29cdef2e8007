"""The application as deployed, two processes of many threads, when its store is away or it is killed."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.factories import make_image, sha256
from tests.resilience import faults
from tests.resilience.faults import after
from tests.servers.application import Application, running
from tests.servers.faulty_proxy import faulty, no_fault, refused
from tests.servers.machine import until

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

DEADLINE = 20  # seconds; what a small file may take is 15, and a machine may be busy
PROMPT = 5  # seconds; two of silence, while every thread waits, and a busy machine


@pytest.fixture(scope="module")
def wire(seaweedfs):
    with faulty(seaweedfs.endpoint_url) as wire:
        yield wire


@pytest.fixture(autouse=True)
def healthy(wire):
    yield
    wire.fault = no_fault


@pytest.fixture(scope="module")
def application(wire, seaweedfs, tmp_path_factory):
    application = Application(
        tmp_path_factory.mktemp("outage") / "data",
        IMAGELIB_STORAGE="s3",
        IMAGELIB_S3_BUCKET_NAME=seaweedfs.bucket,
        IMAGELIB_S3_ENDPOINT_URL=wire.endpoint_url,
        AWS_ACCESS_KEY_ID=seaweedfs.access_key,
        AWS_SECRET_ACCESS_KEY=seaweedfs.secret_key,
    )
    with running(application):
        yield application


@pytest.fixture(scope="module")
def upload(application):
    token = application.manage("createtoken", "admin").stdout.split()[-1]

    def upload(data: bytes) -> str:
        """Upload `data`; return the path of its image in the API."""
        part = b'--frontier\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        headers = {
            "Content-Type": "multipart/form-data; boundary=frontier",
            "Authorization": f"Token {token}",
        }
        body = part + data + b"\r\n--frontier--\r\n"

        def ask() -> bytes | None:
            status, _, answer = application.request("POST", "/api/v1/images", body, headers)
            assert status in (200, 201, 500), answer
            return answer if status < 500 else None

        return f"/api/v1/images/{json.loads(until(ask))['id']}"  # a breaker may still rest from the last test

    return upload


def picture(seed: int, size: tuple[int, int] = (200, 100)) -> bytes:
    return make_image("PNG", size, seed=seed, compress_level=0)


def timed(application: Application, *request) -> tuple[float, tuple]:
    """Return the seconds that a request took, and its answer."""
    started = time.monotonic()
    answer = application.request(*request)
    return time.monotonic() - started, answer


def assert_is_clean(answer: tuple, wire) -> None:
    status, headers, body = answer
    assert (status, json.loads(body)["code"]) == (500, "storage_error")
    assert headers["cache-control"] == "no-store"
    assert not {"etag", "location", "repr-digest"} & {*headers}
    assert faults.telltales(f"{headers}{body}", wire) == []


def well(answer: tuple) -> tuple | None:
    """Return the answer unless it is an error."""
    return answer if answer[0] < 400 else None


def test_100_cold_requests_in_two_processes_are_one_fetch(application, upload, wire):
    data = picture(1, (640, 560))
    path = upload(data) + "/file"
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: application.request("GET", path), range(100)))
    assert {(status, body == data) for status, _, body in answers} == {(200, True)}
    assert wire.gets(sha256(data)) == 1


def test_304_head_and_416_are_no_fetch(application, upload, wire):
    data = picture(2)
    path = upload(data) + "/file"
    before = len(wire.requests)
    for status, method, headers in [
        (304, "GET", {"If-None-Match": f'"{sha256(data)}"'}),
        (200, "HEAD", {}),
        (416, "GET", {"Range": "bytes=9999999-"}),
    ]:
        assert application.request(method, path, None, headers)[0] == status
    assert len(wire.requests) == before


@pytest.mark.parametrize(("fault", "seed"), [(refused, 10), (faults.stall, 60)], ids=["refused", "stalled"])
def test_while_the_store_is_away_all_goes_on_that_does_not_need_it(application, upload, wire, fault, seed):
    cached, *uncached = [upload(picture(seed + number)) for number in range(41)]
    assert application.request("GET", f"{cached}/file")[0] == 200
    before = len(wire.requests)

    wire.fault = fault
    with ThreadPoolExecutor(40) as pool:
        failing = [pool.submit(timed, application, "GET", f"{path}/file") for path in uncached]
        if fault is faults.stall:
            until(lambda: len(wire.requests) >= before + 20)  # more than one process has threads for
        for status, method, path, headers in [
            (200, "GET", f"{cached}/file", {}),
            (206, "GET", f"{cached}/file", {"Range": "bytes=0-99"}),
            (304, "GET", f"{uncached[0]}/file", {"If-None-Match": f'"{sha256(picture(seed + 1))}"'}),
            (200, "HEAD", f"{uncached[0]}/file", {}),
            (200, "GET", "/", {}),
            (200, "GET", uncached[0].replace("/api/v1", ""), {}),
            (200, "GET", "/api/v1/images", {}),
            (200, "GET", uncached[0], {}),
        ]:
            took, answer = timed(application, method, path, None, headers)
            assert answer[0] == status
            assert took < PROMPT
        for took, answer in (future.result() for future in failing):
            assert_is_clean(answer, wire)
            assert took < DEADLINE

    wire.fault = no_fault
    status, _, body = until(lambda: well(application.request("GET", f"{uncached[0]}/file")))
    assert (status, body) == (200, picture(seed + 1))


def test_a_worker_killed_in_mid_fetch_leaves_no_half_file(application, upload, wire):
    data = picture(4, (640, 560))
    path = upload(data) + "/file"
    folder = application.data_dir / "cache"

    def fetching() -> list[int]:
        """Return the workers that hold half a file open."""
        return [
            pid
            for pid in application.workers
            for descriptor in Path(f"/proc/{pid}/fd").iterdir()
            if os.path.realpath(descriptor).endswith(".part") and descriptor.stat().st_size
        ]

    wire.fault = after(600_000, faults.stall)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(application.request, "GET", path)
        (pid,) = until(fetching)
        os.kill(pid, signal.SIGKILL)
        with suppress(OSError, HTTPException):
            assert asked.result()[0] >= 500
    wire.fault = no_fault

    assert list(folder.rglob("*.part"))
    status, _, body = until(lambda: well(application.request("GET", path)))
    assert (status, body == data) == (200, True)
    assert list(folder.rglob("*.part")) == []
    until(lambda: len(application.workers) == 2)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: application.request("GET", path), range(20)))
    assert {(status, body == data) for status, _, body in answers} == {(200, True)}


def test_a_large_image_passes_through_little_memory(application, upload):
    data = picture(5, (5000, 4000))
    path = upload(data) + "/file"
    application.restart()  # what taking it in cost is not the question
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: application.request("GET", "/readyz"), range(40)))  # all that is loaded late

    before = {pid: memory(pid) for pid in application.workers}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: application.request("GET", path), range(8)))
    assert {(status, sha256(body)) for status, _, body in answers} == {(200, sha256(data))}
    for pid, (resident, _) in before.items():
        grown = memory(pid)[1] - resident
        assert grown < 50 * 2**20 < len(data)  # a worker that met nobody yet loads the SDK, 30 MB


def memory(pid: int) -> tuple[int, int]:
    """Return how many bytes of memory a process has, and the most it ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(kilobytes["VmRSS"]) * 1024, int(kilobytes["VmHWM"]) * 1024
