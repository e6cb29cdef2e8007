"""What 10,000 images take to be changed and undone, each in one request: `python -m tests.bench.batches`.

In a library of --rows (population.py) each action is done to as many images as one may have and undone, in
this process, by a superuser. Printed are the seconds of both; of the undoing those of CPU, PostgreSQL's too,
and the longest that one transaction took: with SQLite every other writer waits for that. With an undoing
longer than a request may take it ends with 1.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.libraries import child, databases, set_up
from tests.bench.questions import SUPERUSER
from tests.bench.table import line

HEADER = ("Action", "Seconds", "Undone in", "of CPU", "Longest transaction, ms", "Mark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, help="where the filled library is kept (default: nowhere)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        answer(options.rows)
        return
    print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")
    is_fine = True
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        with (
            databases(options.database, folder) as url_of,
            child("batches", options.rows, folder, url_of(options.rows)) as library,
        ):
            for row in map(json.loads, library.stdout):
                is_fine &= not row["mark"]
                times = (f"{row[name]:.1f}" for name in ("done", "undone", "cpu"))
                print(line((row["action"], *times, f"{row['longest']:.0f}", row["mark"])), flush=True)
    sys.exit(library.returncode or not is_fine)


def answer(count: int) -> None:
    """Do and undo each action in a library of `count` images, and print what it took as lines."""
    set_up(count)
    from django.contrib.auth import get_user_model

    from images.catalogue.curation import MOST, act
    from images.catalogue.undoing import SECONDS, undo
    from images.models import Image
    from tests.bench.costs import server_seconds

    user = get_user_model().objects.get(username=SUPERUSER)
    ids = list(Image.objects.filter(deleted_at=None).order_by("hash").values_list("pk", flat=True)[:MOST])
    for name, what in actions(user).items():
        began = time.monotonic()
        done = act(user, what(), ids)
        middle, cpu = time.monotonic(), time.process_time() + server_seconds()
        with longest_transaction() as longest:
            undo(user, done.action, seconds=float("inf"))
        times = {"done": middle - began, "undone": time.monotonic() - middle}
        times["cpu"] = time.process_time() + server_seconds() - cpu
        mark = "too long" if times["undone"] > SECONDS else ""
        print(json.dumps({"action": name, **times, "longest": 1000 * longest[0], "mark": mark}), flush=True)


def actions(user: Any) -> dict[str, Callable[[], Any]]:
    from images.catalogue import curation
    from images.catalogue.album_curation import create

    album = create(user, "A batch")
    words = {"title": "A title for all", "author": "Ana"}
    return {
        "tag": lambda: curation.tagging(add=["a tag for all"]),
        "visibility": lambda: curation.showing("private"),
        "edit": lambda: curation.editing(lambda image: curation.put(image, words)),
        "shift_dates": lambda: curation.shifting_dates(timedelta(minutes=9)),
        "trash": curation.trashing,
        "file": lambda: curation.filing(user, album),
    }


@contextmanager
def longest_transaction() -> Iterator[list[float]]:
    """Yield the seconds of the longest outermost transaction within the block, as the one item of a list."""
    from unittest import mock

    from django.db import connection
    from django.db.transaction import Atomic

    longest, begun = [0.0], [0.0]
    enter, leave = Atomic.__enter__, Atomic.__exit__

    def entered(atomic: Any) -> None:
        enter(atomic)
        if len(connection.atomic_blocks) == 1:
            begun[0] = time.monotonic()

    def left(atomic: Any, *raised: Any) -> None:
        is_outermost = len(connection.atomic_blocks) == 1
        leave(atomic, *raised)
        if is_outermost:
            longest[0] = max(longest[0], time.monotonic() - begun[0])

    with mock.patch.object(Atomic, "__enter__", entered), mock.patch.object(Atomic, "__exit__", left):
        yield longest


if __name__ == "__main__":
    main()
