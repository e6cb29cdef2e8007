"""Uploads to the production server while all its workers are killed, and what must be true afterwards."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from itertools import count

from tests.factories import make_image
from tests.resilience.robustness import LiveLibrary
from tests.servers.application import Application

SENDERS = 4
PAUSE_SECONDS = 0.3  # before a kill, at the most: some uploads' time
RESTART_SECONDS = 60  # a deadline, not a wait


@dataclass(frozen=True)
class Survey:
    """What is left: how many uploads were acknowledged, how many broke off, how many objects are orphans."""

    acknowledged: int
    broken_off: int
    orphans: int


def kill_workers(
    library: LiveLibrary, times: int, seed: int = 0, others: Sequence[Application] = ()
) -> Survey:
    """Upload without a pause while all workers are killed at so many random moments; then look at everything.
    Of `others`, which do background tasks, one is killed each time, too; they are stopped at the end.

    Raises AssertionError unless every acknowledged image comes back as it was sent and the store is whole but
    for orphans, which pruning removes.
    """
    over, progress, lock = threading.Event(), threading.Event(), threading.Lock()
    pictures = _pictures()
    acknowledged: dict[str, bytes] = {}
    broken_off = 0

    def send() -> None:
        nonlocal broken_off
        while not over.is_set():
            with lock:
                data = next(pictures)
            try:
                fields = library.upload("photo.png", data)
            except (OSError, HTTPException):
                broken_off += 1
            else:
                acknowledged[fields["id"]] = data
                progress.set()

    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(send) for _ in range(SENDERS)]
        try:
            _kill(library, times, random.Random(seed), progress, others)
        finally:
            over.set()
        for sender in senders:
            sender.result()

    for other in others:
        other.stop()
    for image, data in acknowledged.items():
        assert library.application.request("GET", f"/api/v1/images/{image}/file")[::2] == (200, data)
    problems = _verify(library)
    assert problems.keys() <= {"orphaned"}
    library.application.manage("prunestorage", "--grace=0s", "--delete")
    assert _verify(library) == {}
    return Survey(len(acknowledged), broken_off, problems.get("orphaned", 0))


def _pictures() -> Iterator[bytes]:
    """Yield pictures that were never sent before."""
    for seed in count():
        yield make_image("PNG", (300, 200), seed=seed, compress_level=0)


def _kill(
    library: LiveLibrary,
    times: int,
    chance: random.Random,
    progress: threading.Event,
    others: Sequence[Application],
) -> None:
    """Kill at random moments, each some time after an upload was acknowledged."""
    for _ in range(times):
        progress.clear()
        assert progress.wait(RESTART_SECONDS), "no upload got through any more"
        threading.Event().wait(chance.uniform(0, PAUSE_SECONDS))
        victims = set(library.application.workers)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        if others:
            other = chance.choice(others)
            other.kill()
            other.work()
        deadline = time.monotonic() + RESTART_SECONDS
        while len(workers := library.application.workers) < len(victims) or victims & set(workers):
            assert time.monotonic() < deadline, "no workers took the place of the dead"
            threading.Event().wait(0.01)


def _verify(library: LiveLibrary) -> dict[str, int]:
    """Return how many of which problems verifystorage finds."""
    summary = library.application.manage("verifystorage", "--json").stdout.splitlines()[-1]
    return json.loads(summary)["summary"]["problems"]
