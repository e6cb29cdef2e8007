"""What a server that is used all the time answers while something happens to it."""

import http.client
import itertools
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Watch:
    """Answers to one kind of request: (when it was sent, seconds it took, status)."""

    paths: list[str]
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[float, float, int]] = field(default_factory=list)

    def between(self, begin: float, end: float = float("inf")) -> Counter:
        return Counter(status for sent, _, status in self.answers if begin <= sent < end)

    @property
    def slowest(self) -> float:
        return max(took for _, took, _ in self.answers)


@contextmanager
def asking(port: int, watch: Watch, threads: int, pause: float = 0.02) -> Iterator[None]:
    """Ask for the paths of `watch` again and again, in so many threads, for the length of the block."""
    stop = threading.Event()

    def ask() -> None:
        for path in itertools.cycle(watch.paths):
            sent = time.monotonic()
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                client.request("GET", path, headers=watch.headers)
                response = client.getresponse()
                response.read()
                watch.answers.append((sent, time.monotonic() - sent, response.status))
            finally:
                client.close()
            if stop.wait(pause):
                return

    askers = [threading.Thread(target=ask) for _ in range(threads)]
    for asker in askers:
        asker.start()
    try:
        yield
    finally:
        stop.set()
        for asker in askers:
            asker.join()


@contextmanager
def asking_apart(port: int, watch: Watch, pause: float = 0.02) -> Iterator[None]:
    """Do as `asking` does in one thread, of another process: what this one does meanwhile, with a crowd of
    threads say, delays no answer.
    """
    context = multiprocessing.get_context("spawn")
    begun, stop = context.Event(), context.Event()
    told, tells = context.Pipe(duplex=False)
    own = Watch(watch.paths, watch.headers)
    process = context.Process(target=_ask_apart, args=(port, own, pause, begun, stop, tells), daemon=True)
    process.start()
    tells.close()  # so that nobody waits for one that is gone
    try:
        assert begun.wait(60)
        yield
    finally:
        stop.set()
        watch.answers += told.recv()
        process.join()


def _ask_apart(port: int, watch: Watch, pause: float, begun, stop, tells) -> None:
    with asking(port, watch, 1, pause):
        begun.set()
        stop.wait()
    tells.send(watch.answers)
