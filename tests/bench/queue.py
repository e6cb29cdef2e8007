"""What a queue of many background tasks costs who asks it: `python -m tests.bench.queue`.

One of a thousand tasks and one of --rows are asked in turns, in three states: all wait, all failed and wait
to be tried again, all were given up. What takes MOST milliseconds more of the larger is marked, and then it
ends with 1.
"""

import argparse
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.bench.libraries import child, databases
from tests.bench.table import line

SMALL = 1_000
MOST = 100.0  # milliseconds
ROUNDS = 7
STATES = ("waiting", "to be tried again", "given up")
HEADER = ("Asked", "State of the tasks", f"{SMALL:,} tasks, ms", "All tasks, ms", "Mark")
ADMIN = "/admin/django_tasks_database/dbtaskresult/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        answer(options.rows)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is stopped and removed then, too
    print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")
    is_quick = True
    with (
        tempfile.TemporaryDirectory(prefix="imagelib-bench-") as folder,
        databases(options.database, Path(folder)) as url_of,
    ):
        sizes = (SMALL, options.rows)
        processes = [child("queue", count, Path(folder), url_of(count)) for count in sizes]
        for state in STATES:
            for process in processes:
                print(state, file=process.stdin, flush=True)
            few, many = (json.loads(process.stdout.readline()) for process in processes)
            for name, milliseconds in many.items():
                mark = "slow" if milliseconds > few[name] + MOST else ""
                is_quick &= not mark
                print(line((name, state, f"{few[name]:.1f}", f"{milliseconds:.1f}", mark)), flush=True)
        for process in processes:
            process.communicate()
    sys.exit(0 if is_quick else 1)


def answer(count: int) -> None:
    """Be the process of a library with so many tasks: bring them into each state that is read, print what
    asking took in milliseconds, the median of ROUNDS, as JSON.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.db.models import F
    from django.test import Client
    from django_tasks_db.models import DBTaskResult, get_date_max

    from images.renditions.prerendering import prepare_for_gallery
    from images.tasks import figures, notices, queue
    from storage import get_storage
    from tests.factories import make_user

    settings.ALLOWED_HOSTS = ["*"]
    logging.disable(logging.WARNING)  # of who signs in
    call_command("migrate", interactive=False, verbosity=0)
    get_storage().prepare()
    prepare_for_gallery.enqueue("00000000-0000-0000-0000-000000000000")
    like = DBTaskResult.objects.get()

    def waiting() -> DBTaskResult:
        facts = {"args_kwargs": like.args_kwargs, "task_path": like.task_path, "priority": like.priority}
        return DBTaskResult(**facts, backend_name=like.backend_name, run_after=get_date_max())

    for begun in range(1, count, 10_000):
        DBTaskResult.objects.bulk_create([waiting() for _ in range(begun, min(begun + 10_000, count))])
    admin = Client()
    admin.force_login(make_user("asker", is_staff=True, is_superuser=True))

    def taken() -> None:
        with transaction.atomic():
            queue.take("bench")
            transaction.set_rollback(True)

    asked: dict[str, Callable[[], object]] = {
        "the next task": taken,
        "/metrics": lambda: list(figures.Queue().collect()),
        "warnings": lambda: list(notices.notices()),
        "the admin's page": lambda: admin.get(ADMIN),
        "the admin's page of those given up": lambda: admin.get(ADMIN, {"state": "given-up"}),
    }
    for state in map(str.strip, sys.stdin):
        if state == STATES[1]:
            then = F("enqueued_at")
            DBTaskResult.objects.update(run_after=then + timedelta(days=1), finished_at=then)
        if state == STATES[2]:
            DBTaskResult.objects.update(status="FAILED")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(json.dumps({name: median(ask) for name, ask in asked.items()}), flush=True)


def median(ask: Callable[[], object]) -> float:
    ask()
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ask()
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took)[ROUNDS // 2]


if __name__ == "__main__":
    main()
