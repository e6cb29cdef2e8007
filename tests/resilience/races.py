"""Uploads of one content while its image is purged and its object pruned: whoever wins, nothing is lost."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connections
from django.utils import timezone

from images.catalogue.trash import purge, trash
from images.maintenance.garbage import find_garbage, remove_garbage
from images.models import Image
from tests.factories import add_image, sha256


def race(data: bytes, user, rounds: int, seed: int = 0) -> Counter:
    """Run so many rounds of two uploads, an emptying of the trash and a pruning, all at once; return in how
    many of them the image had been trashed, purged or pruned before. Raises what any of them raised.

    After each round the image is there, out of the trash, and its object is whole.
    """
    chance, begun_with = random.Random(seed), Counter()
    together = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(rounds):
            begin = chance.choice([trashed, purged, pruned])
            begin(add_image(data, uploaded_by=user))
            acts = [lambda: add_image(data, uploaded_by=user)] * 2 + [empty_trash, prune]
            for done in [start(pool, act, together) for act in acts]:
                done.result()

            image = Image.objects.get(hash=sha256(data))
            assert image.deleted_at is None
            assert image.read() == data
            begun_with[begin.__name__] += 1
    return begun_with


def start(pool: ThreadPoolExecutor, act: Callable, together: threading.Barrier) -> Future:
    """Let `act` run in a thread, from when as many run as `together` is for. The result is its own."""

    def run() -> Any:
        try:
            together.wait(30)
            return act()
        finally:
            connections.close_all()

    return pool.submit(run)


def trashed(image: Image) -> None:
    trash(image)


def purged(image: Image) -> None:
    trash(image)
    purge(image)


def pruned(image: Image) -> None:
    purged(image)
    prune()


def empty_trash() -> None:
    for image in Image.objects.filter(deleted_at__isnull=False):
        purge(image)


def prune() -> None:
    """Remove all garbage, however young: what a grace period would hide is the key lock's to prevent."""
    for garbage in find_garbage(timezone.now() + timedelta(minutes=1)):
        remove_garbage(garbage.key)
