"""Uploads while the workers that draw what was uploaded are killed, and what must be true at the end."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tests.factories import make_image
from tests.resilience.robustness import LiveLibrary
from tests.servers.machine import until
from tests.servers.seaweedfs import SeaweedFS

SENDERS = 2
WORKERS = 2
PAUSE_SECONDS = 0.5  # before a kill, at the most: some tasks' time
RESTART_SECONDS = 60  # a deadline, not a wait
DRAIN_SECONDS = 1800  # likewise, for 1,000 images on a machine with other things to do

SPECS = [f"full/{size}/0/default.{format_}" for size in ("320,229", "640,457") for format_ in ("jpg", "webp")]

ASK = """
import json
from django_tasks_db.models import DBTaskResult
from images.models import Image
made = lambda image: sorted(image.renditions.values_list("spec", flat=True))
specs = {str(image.pk): made(image) for image in Image.objects.all()}
attempts = [len(tried) for tried in DBTaskResult.objects.values_list("worker_ids", flat=True)]
print(json.dumps({"specs": specs, "attempts": attempts}))
"""


@dataclass(frozen=True)
class Survey:
    """How many images were uploaded and renditions made; how often a worker was killed, and a task begun
    again after that; what is left to be done.
    """

    images: int
    renditions: int
    kills: int
    begun_again: int
    left: int


class Workers:
    """Processes of `manage.py worker`. One that was killed has another in its place."""

    def __init__(self, library: LiveLibrary):
        self._application = library.application
        self._log = self._application.log_path.open("ab")
        self.processes = [self._start() for _ in range(WORKERS)]

    def kill_one(self, chance: random.Random) -> None:
        number = chance.randrange(WORKERS)
        os.kill(self.processes[number].pid, signal.SIGKILL)
        self.processes[number].wait()
        self.processes[number] = self._start()

    def stop(self) -> list[int]:
        """Return their exit codes."""
        for process in self.processes:
            process.terminate()
        codes = [process.wait(RESTART_SECONDS) for process in self.processes]
        self._log.close()
        return codes

    def _start(self) -> subprocess.Popen:
        command = [sys.executable, "manage.py", "worker"]
        application = self._application
        return subprocess.Popen(command, cwd=application.code, env=application.environment, stderr=self._log)


@contextmanager
def workers_of(library: LiveLibrary) -> Iterator[Workers]:
    workers = Workers(library)
    try:
        yield workers
    finally:
        for process in workers.processes:
            process.kill()


def kill_workers(
    library: LiveLibrary, uploads: int, kills: int, seed: int = 0, store: SeaweedFS | None = None
) -> Survey:
    """Upload so many pictures while workers are killed at so many random moments, each some time after
    something was drawn; then let them work in peace until nothing is left. `store` is where a library that
    has a bucket has it.

    Raises AssertionError unless every image has what the gallery shows of it, and the store that and no more.
    """
    numbers = iter(range(uploads))
    lock, chance = threading.Lock(), random.Random(seed)
    whole = len(SPECS) * uploads

    def count() -> int:
        return _in_bucket(store) if store else _in_folder(library)

    def send() -> list[str]:
        sent = []
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return sent
            picture = make_image("PNG", (700, 500), seed=number)
            sent.append(library.upload(f"{number}.png", picture)["id"])

    with workers_of(library) as workers, ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(send) for _ in range(SENDERS)]
        killed = 0
        while killed < kills and (drawn := count()) < whole:
            until(lambda drawn=drawn: count() > drawn, RESTART_SECONDS)
            threading.Event().wait(chance.uniform(0, PAUSE_SECONDS))
            workers.kill_one(chance)
            killed += 1
        sent = [image for sender in senders for image in sender.result()]
        until(lambda: count() >= whole, DRAIN_SECONDS)
        until(lambda: not _ask(library)["attempts"], DRAIN_SECONDS)
        assert workers.stop() == [0] * WORKERS

    found = _ask(library)
    assert found["specs"].keys() == set(sent)
    every = {tuple(specs) for specs in found["specs"].values()}
    assert every == {tuple(sorted(SPECS))}
    ended = library.application.manage("verifystorage", "--json")
    assert json.loads(ended.stdout.splitlines()[-1])["summary"]["problems"] == {}
    begun_again = library.application.log.count("is begun again")
    return Survey(len(sent), count(), killed, begun_again, len(found["attempts"]))


def _ask(library: LiveLibrary) -> dict:
    asked = library.application.manage("shell", "-v0", "-c", ASK)
    return json.loads(asked.stdout)


def _in_bucket(store: SeaweedFS) -> int:
    """Return how many renditions the store has."""
    pages = store.client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket, Prefix="renditions/")
    return sum(page["KeyCount"] for page in pages)


def _in_folder(library: LiveLibrary) -> int:
    folder = library.application.data_dir / "objects" / "renditions"
    return sum(path.is_file() and "." not in path.name for path in folder.rglob("*"))
