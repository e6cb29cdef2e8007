"""What to plan a machine by: `python -m tests.bench.capacity`, three minutes.

Processor seconds of all processes of the library for a thousand requests of each kind, and what one upload of
12 megapixels asks of the store, with its renditions. On a bucket (SeaweedFS) and the database of
DATABASE_URL, SQLite without. The load is apart from what is counted, so these are no ratios: they hold for
a processor like this one, whose speed the first line tells.
"""

import io
import os
import re
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

from PIL import Image

from tests.bench.ingest import photograph
from tests.bench.load import Request, hammer
from tests.bench.origin import running_origin
from tests.bench.subjects import s3_environment
from tests.files.pictures import numbered
from tests.resilience.robustness import LiveLibrary
from tests.servers.application import Application
from tests.servers.machine import until
from tests.servers.proxy import proxy

IMAGES, UPLOADS, SECONDS, CONNECTIONS = 60, 20, 5, 8
TICKS = os.sysconf("SC_CLK_TCK")  # a second
VERBS = re.compile(rb"(GET|HEAD|PUT|DELETE|POST) \S* HTTP/1\.1\r\n")


class Traffic:
    """Counts the requests of each kind that reach the store, and the bytes both ways."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.sent = 0
        self._lock = threading.Lock()

    def __call__(self, piece: bytes) -> bytes:
        with self._lock:
            self.requests.update(verb.decode() for verb in VERBS.findall(piece))
            self.sent += len(piece)
        return piece


def processor_seconds(root: int) -> float:
    """Return what a process, its descendants and those of them that ended have taken."""
    children: dict[int, list[int]] = {}
    taken: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            fields = status.read_text().rpartition(") ")[2].split()
            pid = int(status.parent.name)
            children.setdefault(int(fields[1]), []).append(pid)
            taken[pid] = sum(map(int, fields[11:15]))  # its own, and of children that were waited for
    family = [root]
    for member in family:
        family += children.get(member, [])
    return sum(taken.get(member, 0) for member in family) / TICKS


def tell(label: str, seconds: float, count: float) -> None:
    print(f"{label:<48}{1000 * seconds / count:8.2f} s of a processor for 1,000", flush=True)


def ask_again_and_again(library: Application, label: str, path: str) -> None:
    request = Request(library.url + path, 200, 1)
    hammer(request, CONNECTIONS, 1)  # what is made once is made
    before, began = processor_seconds(library.pid), time.monotonic()
    rate = hammer(request, CONNECTIONS, SECONDS)
    tell(label, processor_seconds(library.pid) - before, rate * (time.monotonic() - began))


def main() -> None:
    data = photograph(4000)
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as folder, ExitStack() as on_exit:
        origin = on_exit.enter_context(running_origin(Path(folder, "origin")))
        traffic = Traffic()
        way = on_exit.enter_context(proxy(origin.endpoint_url, request=traffic))
        database = os.environ.get("DATABASE_URL", f"sqlite:///{folder}/data/db.sqlite3")
        environment = s3_environment(origin, way.endpoint_url) | {"DATABASE_URL": database}
        application = Application(Path(folder, "data"), **environment)
        on_exit.callback(application.stop)
        application.start_with_worker()
        library = LiveLibrary(application)

        before = time.process_time()
        Image.open(io.BytesIO(data)).load()
        print(f"Here, decoding 12 megapixels takes {time.process_time() - before:.3f} s.", flush=True)

        ids = [library.upload(f"{n}.jpg", numbered(photograph(320), n))["id"] for n in range(IMAGES)]
        for label, path in {
            "bytes of a public image, warm": f"/api/v1/images/{ids[0]}/file",
            "the page of an image": f"/images/{ids[0]}",
            "the gallery, 60 images": "/",
            "the list of the API, 60 images": "/api/v1/images?limit=60",
        }.items():
            ask_again_and_again(application, label, path)

        until(lambda: tasks_left(application) == 0, 300)
        traffic.requests.clear()
        traffic.sent = 0
        photographs = [numbered(data, number) for number in range(UPLOADS)]
        before = processor_seconds(application.pid)
        for number, each in enumerate(photographs):
            library.upload(f"photograph {number}.jpg", each)
        until(lambda: tasks_left(application) == 0, 300)
        tell(
            "uploads of 12 megapixels, with their renditions",
            processor_seconds(application.pid) - before,
            UPLOADS,
        )
        kinds = ", ".join(f"{count / UPLOADS:.2f} {verb}" for verb, count in sorted(traffic.requests.items()))
        times = traffic.sent / sum(map(len, photographs))
        print(f"Of the store each asks {kinds}, and sends {times:.3f} times its bytes.")


def tasks_left(application: Application) -> int:
    ask = "from django_tasks_db.models import DBTaskResult; print(DBTaskResult.objects.count())"
    return int(application.manage("shell", "-v0", "-c", ask).stdout)


if __name__ == "__main__":
    main()
