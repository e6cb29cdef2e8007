"""Filled libraries for the benchmarks of many images: a database, a folder, and a process for each."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import BASE_DIR
from tests.servers.postgresql import running_postgresql

FAVOURITES = 300  # of those who ask


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
    with child(bench, count, folder, url, *arguments) as process:
        answer, _ = process.communicate()
    if process.returncode:
        sys.exit(process.returncode)
    return json.loads(answer)


def child(bench: str, count: int, folder: Path, url: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start the process of a benchmark that has a library of `count` images; it is talked with in lines."""
    data = folder / str(count)
    data.mkdir(exist_ok=True)
    command = [sys.executable, "-m", f"tests.bench.{bench}", "--child", f"--rows={count}", *arguments]
    environment = os.environ | {
        "IMAGELIB_DATA_DIR": str(data),
        "DATABASE_URL": url,
        "IMAGELIB_STORAGE": "local",
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, cwd=BASE_DIR, env=environment, text=True, **pipes)


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


def fill(count: int) -> None:
    from django.contrib.auth import get_user_model

    from images.models import Favourite, Image
    from storage import get_storage
    from tests.bench import population
    from tests.bench.questions import MEMBER, SUPERUSER

    get_storage().prepare()
    uploaders = population.people([SUPERUSER, MEMBER])
    get_user_model().objects.filter(username=SUPERUSER).update(is_staff=True, is_superuser=True)
    population.fill(count, uploaders)
    few = list(Image.objects.order_by("hash").values_list("pk", flat=True)[:FAVOURITES])
    people = get_user_model().objects.filter(username__in=(SUPERUSER, MEMBER))
    Favourite.objects.bulk_create(Favourite(user=user, image_id=pk) for user in people for pk in few)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
