"""What to plan a machine by: `python -m tests.bench.capacity [--rows 100000]`, five minutes.

Rows of the table of docs/runbook.md: for a thousand requests of each kind the processor seconds of all
processes of the library, and what they ask of the store; and the bytes of an image's rows, in a library of
--rows. On a bucket (SeaweedFS) and the database of DATABASE_URL, SQLite without; a PostgreSQL on this machine
has seconds of its own. In none are those who ask, nor the store. These are no ratios: they hold for a
processor like this one, whose speed the first line tells.
"""

import argparse
import io
import json
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
from tests.bench.libraries import databases, in_child, set_up
from tests.bench.load import Request, hammer
from tests.bench.origin import running_origin
from tests.bench.subjects import s3_environment
from tests.bench.table import line
from tests.files.pictures import numbered
from tests.resilience.robustness import LiveLibrary
from tests.servers.application import Application, running
from tests.servers.machine import until
from tests.servers.proxy import proxy

IMAGES, UPLOADS, SECONDS, CONNECTIONS = 60, 20, 5, 8
HEADER = ("1,000 times", "Processor, s", "PostgreSQL, s", "GET", "PUT", "HEAD", "Sent to the store")
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


def backend_seconds(database: str) -> float:
    """Return what processes of a PostgreSQL on this machine that are connected to a database have taken."""
    taken = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            title = (process / "cmdline").read_text()
            if title.startswith("postgres: ") and f" {database} " in title:
                taken += sum(map(int, (process / "stat").read_text().rpartition(") ")[2].split()[11:13]))
    return taken / TICKS


class Meter:
    """Prints what a thousand of something took of the processor and asked of the store since the reset."""

    def __init__(self, traffic: Traffic, database: str):
        self.traffic, self.database = traffic, database

    def reset(self, library: Application) -> None:
        self.library = library
        self.before = processor_seconds(library.pid), backend_seconds(self.database)
        self.traffic.requests.clear()
        self.traffic.sent = 0

    def tell(self, label: str, count: float, sent: str = "-") -> None:
        ours, backends = self.before
        seconds = processor_seconds(self.library.pid) - ours, backend_seconds(self.database) - backends
        spent = [f"{1000 * each / count:.1f}" for each in seconds]
        asked = [f"{1000 * self.traffic.requests[verb] / count:,.0f}" for verb in ("GET", "PUT", "HEAD")]
        print(line([label, *spent, *asked, sent]), flush=True)


def ask_again_and_again(
    meter: Meter, library: Application, label: str, path: str, connections: int = CONNECTIONS
) -> None:
    request = Request(library.url + path, 200, 1)
    hammer(request, connections, SECONDS)  # what is made once is made, and what starts has started
    meter.reset(library)
    began = time.monotonic()
    rate = hammer(request, connections, SECONDS)
    meter.tell(label, rate * (time.monotonic() - began))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        set_up(options.rows)
        print(json.dumps(database_bytes()))
        return
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
        print(f"Here, decoding 12 megapixels takes {time.process_time() - before:.3f} s.\n", flush=True)
        print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")

        small, meter = photograph(320), Meter(traffic, database.rpartition("/")[2])
        ids = [library.upload(f"{n}.jpg", numbered(small, n))["id"] for n in range(IMAGES)]
        until(lambda: tasks_left(application) == 0, 300)
        file = f"/api/v1/images/{ids[0]}/file"
        for label, path in {
            f"bytes of an image of {len(small) // 1000} kB, from the cache": file,
            "the page of an image": f"/images/{ids[0]}",
            "the gallery, 60 images": "/",
            "the list of the API, 60 images": "/api/v1/images?limit=60",
        }.items():
            ask_again_and_again(meter, application, label, path)
        without_cache = environment | {"IMAGELIB_CACHE_MAX_BYTES": "0"}
        with running(Application(Path(folder, "cold"), **without_cache)) as cold:
            ask_again_and_again(meter, cold, "the same bytes, from the store", file, 1)  # else they share

        photographs = [numbered(data, number) for number in range(UPLOADS)]
        meter.reset(application)
        for number, each in enumerate(photographs):
            library.upload(f"photograph {number}.jpg", each)
        until(lambda: tasks_left(application) == 0, 300)
        sent = f"{traffic.sent / sum(map(len, photographs)):.2f} times the originals"
        meter.tell("uploads of 12 megapixels, and drawing what the gallery shows", UPLOADS, sent)

        kind = "postgresql" if database.startswith("postgres") else "sqlite"
        with databases(kind, Path(folder)) as url_of:
            size = in_child("capacity", options.rows, Path(folder), url_of(options.rows))
        print(f"\nOf {options.rows:,} images the database has {size / options.rows:,.0f} bytes each.")


def database_bytes() -> int:
    """Return what the database of this process takes."""
    from django.db import connection

    sizes = {"postgresql": "SELECT pg_database_size(current_database())"}
    pages = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    with connection.cursor() as cursor:
        cursor.execute(sizes.get(connection.vendor, pages))
        return int(cursor.fetchone()[0])


def tasks_left(application: Application) -> int:
    ask = "from django_tasks_db.models import DBTaskResult; print(DBTaskResult.objects.count())"
    return int(application.manage("shell", "-v0", "-c", ask).stdout)


if __name__ == "__main__":
    main()
