"""Work in several threads of this process, for commands."""

import threading
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, TypeVar

from django.db import connections

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Yield `work(item)` of all items, each as it is done. Items are taken only when a thread is free.

    What `work` or `items` raises is raised here when the other threads have ended what they were at; so they
    do when the caller stops listening. Each thread closes its database connections.
    """
    source, lock, stop = iter(items), threading.Lock(), threading.Event()
    # ("result", …), ("error", …) or ("end", None), one for each thread
    results: SimpleQueue[tuple[str, Any]] = SimpleQueue()

    def run() -> None:
        try:
            while not stop.is_set():
                with lock:
                    try:
                        item = next(source)
                    except StopIteration:
                        break
                results.put(("result", work(item)))
        except BaseException as error:
            stop.set()
            results.put(("error", error))
        finally:
            connections.close_all()
            results.put(("end", None))

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    failure = None
    try:
        while threads:
            kind, value = results.get()
            if kind == "result":
                yield value
            elif kind == "error":
                failure = failure or value
            else:
                threads -= 1
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    if failure:
        raise failure
