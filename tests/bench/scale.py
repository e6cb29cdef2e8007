"""What lists cost at a thousand and at a million images: `python -m tests.bench.scale`.

Fills a library of 1,000 images and one of --rows, asks both every page, filter, order, search and view of the
admin, as a superuser, a member without `view_image` and nobody, and prints queries, time in the database and
CPU: of this process and of PostgreSQL's. Marked are an answer that is none, more than 8 queries, 50 ms in the
database and 1.5 times the CPU (unless there is more to show); with any of them it ends with 1.

With --folder the filled libraries are kept there, and asked again without being filled the next time.
"""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import BASE_DIR
from tests.bench.table import line
from tests.servers.postgresql import running_postgresql

SMALL = 1_000
ROUNDS, LONG = 4, 1.0  # each is asked so often, unless once takes so many seconds
MAX_QUERIES, MAX_MILLISECONDS, MAX_RATIO = 8, 50, 1.5
FULLER = 1.2  # times the bytes: a page that shows more rows takes longer to write
NOISE = 3.0  # milliseconds of CPU by which two sizes may differ whatever their ratio
HEADER = ("Asked", "By", "Queries", "ms in the database", "CPU ms", "CPU ms, small", "Ratio", "Mark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, help="where filled libraries are kept (default: nowhere)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only addresses that have it")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        measure(options.rows, options.only)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is stopped and removed then, too
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        with databases(options.database, folder) as url_of:
            figures = [
                in_child("scale", count, folder, url_of(count), f"--only={options.only}")
                for count in (SMALL, options.rows)
            ]
    sys.exit(0 if report(*figures) else 1)


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Callable[[int], str]]:
    """Yield what gives the URL of the database for a library of so many images; a server runs meanwhile."""
    if kind == "sqlite":
        yield lambda count: f"sqlite:///{folder}/{count}/db.sqlite3"
        return
    with running_postgresql(folder / "postgresql") as server:
        yield lambda count: server.database(f"library{count}")


def in_child(bench: str, count: int, folder: Path, url: str, *arguments: str) -> Any:
    """Have a process of its own fill the library, unless it is, and ask it; return what it prints as JSON."""
    data = folder / str(count)
    data.mkdir(exist_ok=True)
    command = [sys.executable, "-m", f"tests.bench.{bench}", "--child", f"--rows={count}", *arguments]
    environment = os.environ | {
        "IMAGELIB_DATA_DIR": str(data),
        "DATABASE_URL": url,
        "IMAGELIB_STORAGE": "local",
    }
    child = subprocess.run(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(child.stdout)


def set_up(count: int) -> None:
    """Make this process one of a library of `count` images; it is filled unless it was."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    import django

    django.setup()
    logging.disable(logging.WARNING)  # of addresses that are not there
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    filled = settings.IMAGELIB_DATA_DIR / "filled"
    if not filled.exists():
        started = time.monotonic()
        fill(count)
        filled.touch()
        say(f"{count:,} images in {time.monotonic() - started:.0f} s")


def measure(count: int, only: str) -> None:
    """Print as JSON what each question costs in a library of `count` images."""
    set_up(count)
    from tests.bench.costs import Asker

    asker, figures = Asker(), {}
    for question in asker.questions():
        for person in question.people:
            if only in question.path:
                costs = asker.costs(question.path, person, ROUNDS, LONG)
                figures[json.dumps((question.path, person))] = costs
                say(f"{count:,}: {question.path} {person} {costs}")
    print(json.dumps(figures))


def fill(count: int) -> None:
    from django.contrib.auth import get_user_model

    from storage import get_storage
    from tests.bench import population
    from tests.bench.questions import MEMBER, SUPERUSER

    get_storage().prepare()
    uploaders = population.people([SUPERUSER, MEMBER])
    get_user_model().objects.filter(username=SUPERUSER).update(is_staff=True, is_superuser=True)
    population.fill(count, uploaders)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def report(small: dict[str, Any], large: dict[str, Any]) -> bool:
    """Print the table; return whether nothing is marked."""
    print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")
    marked = 0
    for key, costs in large.items():
        path, person = json.loads(key)
        least = small[key]
        mark = ", ".join(marks(costs, least))
        marked += bool(mark)
        ratio = costs["cpu"] / least["cpu"]
        figures = (f"{costs['database']:.1f}", f"{costs['cpu']:.1f}", f"{least['cpu']:.1f}", f"{ratio:.2f}")
        print(line((f"`{path}`".replace("|", "\\|"), person, str(costs["queries"]), *figures, mark)))
    print(f"\n{marked} of {len(large)} are marked.")
    return not marked


def marks(costs: dict[str, Any], small: dict[str, Any]) -> Iterator[str]:
    """Yield what is too much of these costs."""
    if costs["status"] != 200:
        yield str(costs["status"])
    if costs["queries"] > MAX_QUERIES:
        yield "queries"
    if costs["database"] > MAX_MILLISECONDS:
        yield "database"
    is_fuller = costs["bytes"] > FULLER * small["bytes"]
    if not is_fuller and costs["cpu"] > max(MAX_RATIO * small["cpu"], small["cpu"] + NOISE):
        yield "ratio"


if __name__ == "__main__":
    main()
