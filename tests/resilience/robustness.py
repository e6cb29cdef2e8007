"""Sends any file to the production server, and checks its answers against what is promised of every file.

An answer is 200, 201 or a problem below 500 with a code, and comes within SECONDS. An accepted file comes
back as it was sent. No worker of the server dies, nor grows past MEMORY; its children have their own limits.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

from tests import BASE_DIR
from tests.servers.application import Application

SECONDS = 15
BUSY_SECONDS = 60
MEMORY = 400 * 2**20  # bytes
PER_PERSON = 500  # uploads; one person may send 600 an hour
MULTIPART = {"Content-Type": "multipart/form-data; boundary=frontier"}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: `answer` is the status, with the code of a problem."""

    name: str
    answer: str
    detail: str  # of a problem
    seconds: float
    faults: tuple[str, ...]  # promises that were not kept


class LiveLibrary:
    """A running library that takes any number of uploads, each from a person within the hourly limit."""

    def __init__(self, application: Application):
        self.application = application
        self.workers = application.workers
        self._lock = threading.Lock()
        self._senders = self._make_senders()

    def send(self, name: str, data: bytes) -> Outcome:
        """Upload `data` under the file name `name`; once accepted, it must come back the same."""
        started = time.monotonic()
        status, headers, body = self._upload(name, data)
        seconds = time.monotonic() - started
        faults = [f"took {seconds:.1f} s"] if seconds > SECONDS else []
        fields = json.loads(body) if headers["content-type"].endswith("json") else {}
        if status in (200, 201):
            got, _, returned = self.application.request("GET", f"/api/v1/images/{fields['id']}/file")
            if (got, returned) != (200, data):
                faults.append("came back as other bytes")
        elif status >= 500 or headers["content-type"] != "application/problem+json" or not fields.get("code"):
            faults.append("is no clean refusal")
        answer = f"{status} {fields.get('code', '')}".strip()
        return Outcome(name, answer, fields.get("detail", ""), seconds, tuple(faults))

    def upload(self, name: str, data: bytes) -> dict:
        """Upload `data` and return the image that the API answers with. While it is busy, for BUSY_SECONDS at
        most, it is asked again, as programs do: the disk may take its time to keep what another upload left.
        """
        deadline = time.monotonic() + BUSY_SECONDS
        status, _, body = self._upload(name, data)
        while status == 503 and json.loads(body)["code"] == "busy" and time.monotonic() < deadline:
            threading.Event().wait(0.5)
            status, _, body = self._upload(name, data)
        assert status in (200, 201), body
        return json.loads(body)

    def images(self) -> list[dict]:
        """Return the newest images that anyone sees."""
        return json.loads(self.application.request("GET", "/api/v1/images")[2])["results"]

    def _upload(self, name: str, data: bytes) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            sender = next(self._senders)
        return self.application.request("POST", "/api/v1/images", multipart(name, data), sender | MULTIPART)

    def faults_of_workers(self) -> list[str]:
        """Return which workers died or grew past MEMORY since the start."""
        faults = [] if self.application.workers == self.workers else ["a worker died"]
        if (peak := max(map(peak_memory, self.application.workers))) > MEMORY:
            faults.append(f"a worker took {peak >> 20} MiB")
        return faults

    def _make_senders(self) -> Iterator[dict[str, str]]:
        """Yield, for every upload, the header of somebody who may still send one within this hour."""
        for number in count():
            name = f"sender{number}" if number else "admin"  # who is there
            if number:
                self.application.manage(
                    "createsuperuser", "--noinput", f"--username={name}", "--email=s@example.org"
                )
            token = self.application.manage("createtoken", name).stdout.split()[-1]
            yield from [{"Authorization": f"Token {token}"}] * PER_PERSON


@contextmanager
def live_library(data_dir: Path, code: Path = BASE_DIR, **environment: str) -> Iterator[LiveLibrary]:
    """Run a library with its data in `data_dir` for the length of the block, by the `code` in a folder."""
    application = Application(data_dir, code, DJANGO_SUPERUSER_PASSWORD="of no use", **environment)
    try:
        application.start()
        yield LiveLibrary(application)
    finally:
        if application.started:
            application.stop()


def multipart(name: str, data: bytes) -> bytes:
    """Return the body of a form with one file, its name written so that any characters arrive (RFC 5987)."""
    head = f"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''{quote(name, safe='')}"
    return b"--frontier\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n--frontier--\r\n"


def peak_memory(pid: int) -> int:
    """Return the most bytes of memory that a process ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"{pid} has no memory")
