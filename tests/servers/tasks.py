"""Tasks that a test has a worker in a process of its own do. Each notes in a file that it was begun."""

import os
import time
from pathlib import Path

from django_tasks import task


@task()
def take_a_second() -> None:
    _note()
    time.sleep(1)  # in the worker: the test waits for the note


@task()
def hang() -> None:
    _note()
    while True:
        time.sleep(60)


@task()
def take_all_memory() -> None:
    _note()
    held = []
    while True:
        held.append(b"x" * 2**20)


def _note() -> None:
    with Path(os.environ["TASK_NOTES"]).open("a") as notes:
        notes.write("begun\n")
