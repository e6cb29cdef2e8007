"""What migrating a large library takes, and who waits for it: `python -m tests.bench.upgrade`.

A library as it was before lists (migration 0010) is migrated to today while a connection reads and
writes as the version of before does, some ten times a second. Printed are the seconds of each migration,
and the longest wait of a reader and of a writer meanwhile; with any error of these, or a wait above 5
seconds, it ends with 1.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from tests import BASE_DIR
from tests.bench.libraries import databases, say
from tests.bench.table import line

BEFORE = "0010"
PATIENCE = 5  # seconds: what the library itself waits for SQLite
PAUSE = 0.1
HEADER = ("Migration", "Seconds", "Longest read, s", "Longest write, s")


@dataclass
class Waits:
    """The longest that a reader and a writer waited, and what went wrong, in one migration."""

    read: float = 0.0
    write: float = 0.0
    errors: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        fill_as_before(options.rows)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is stopped and removed then, too
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        folder = Path(temporary)
        with databases(options.database, folder) as url_of:
            data, url = folder / str(options.rows), url_of(options.rows)
            data.mkdir()
            environment = os.environ | {"IMAGELIB_DATA_DIR": str(data), "DATABASE_URL": url}
            child = [sys.executable, "-m", "tests.bench.upgrade", "--child", f"--rows={options.rows}"]
            subprocess.run(child, cwd=BASE_DIR, env=environment, check=True)
            sys.exit(0 if migrate(url, environment) else 1)


def fill_as_before(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bench import population

    started = time.monotonic()
    call_command("migrate", interactive=False, verbosity=0, app_label="auth")
    call_command("migrate", interactive=False, verbosity=0, app_label="images", migration_name=BEFORE)
    population.fill(count, population.people([]))
    say(f"{count:,} images in {time.monotonic() - started:.0f} s")


def migrate(url: str, environment: dict[str, str]) -> bool:
    """Migrate and print the table; return whether nobody waited for long."""
    print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")
    command = [sys.executable, "-u", "manage.py", "migrate", "images", "--no-color"]
    is_well, name = True, ""
    with (
        at_work(url) as waits,
        subprocess.Popen(
            command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        started = time.monotonic()
        for said in process.stdout or ():
            name = said.strip().removeprefix("Applying ").partition("...")[0] if "Applying" in said else name
            if " OK" not in said:
                continue
            seconds, started = time.monotonic() - started, time.monotonic()
            waited, waits[0] = waits[0], Waits()
            is_well &= not waited.errors and max(waited.read, waited.write) <= PATIENCE
            figures = f"{seconds:.1f}", f"{waited.read:.2f}", f"{waited.write:.2f}"
            print(line((name, *figures)), *waited.errors[:3], sep="\n", flush=True)
    return is_well and process.returncode == 0


@contextmanager
def at_work(url: str) -> Iterator[list[Waits]]:
    """Read and write as the version of before does; the first of the list is what is noted."""
    waits, stop = [Waits()], Event()
    worker = Thread(target=work, args=(url, waits, stop))
    worker.start()
    try:
        yield waits
    finally:
        stop.set()
        worker.join()


def work(url: str, waits: list[Waits], stop: Event) -> None:
    connection, mark = connected(url)
    columns = [column for column in columns_of(connection) if column not in ("id", "hash")]
    names = ", ".join(columns)
    insert = (
        f"INSERT INTO images_image (id, hash, {names}) "  # noqa: S608
        f"SELECT {mark}, {mark}, {names} FROM images_image LIMIT 1"
    )
    newest = "SELECT * FROM images_image WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 50"
    update = f"UPDATE images_image SET title = 'Changed' WHERE hash = {mark}"  # noqa: S608
    while not stop.is_set():
        digest = uuid4().hex + uuid4().hex
        try:
            started = time.monotonic()
            connection.execute(newest).fetchall()
            waits[0].read = max(waits[0].read, time.monotonic() - started)
            started = time.monotonic()
            connection.execute(insert, (uuid4().hex, digest))
            connection.execute(update, (digest,))
            waits[0].write = max(waits[0].write, time.monotonic() - started)
        except Exception as error:  # of either driver
            waits[0].errors.append(str(error).partition("\n")[0])
        stop.wait(PAUSE)
    connection.close()


def connected(url: str) -> tuple[Any, str]:
    """Return a connection in which each statement is by itself, and how it writes a parameter."""
    if url.startswith("sqlite"):
        import sqlite3

        path = url.removeprefix("sqlite:///")
        return sqlite3.connect(path, timeout=10 * PATIENCE, isolation_level=None), "?"
    import psycopg

    return psycopg.connect(url, autocommit=True, prepare_threshold=None), "%s"


def columns_of(connection: Any) -> list[str]:
    return [column[0] for column in connection.execute("SELECT * FROM images_image LIMIT 1").description]


if __name__ == "__main__":
    main()
