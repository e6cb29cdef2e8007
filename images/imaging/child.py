"""What runs in the sandbox's children: each job is one file, within limits of memory and time."""

import math
import os
import resource
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, Any, TypeVar

from images.errors import Unrenderable
from images.imaging import rendering
from images.imaging.jobs import Job

Result = TypeVar("Result")

MEMORY = 2 * 2**30  # bytes of address space
CPU_SECONDS = 10  # of one job


def enter() -> None:
    """Give up what a decoder has no use for. Whatever confines a child is done here: it has seen no file."""
    os.environ.clear()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def run(decode: Callable[..., Result], path: str, *args: Any) -> Result:
    """Return `decode(file, *args)` of the file at `path`. It may take CPU_SECONDS: then the kernel kills."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(spent.ru_utime + spent.ru_stime) + CPU_SECONDS  # of the child's life so far
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    try:
        with open(path, "rb") as file:
            return decode(file, *args)
    finally:  # waiting for the next job takes time of this clock too
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def render(file: IO[bytes], jobs: Sequence[Job]) -> list[bytes]:
    """Do what rendering.render does. Raises Unrenderable, whatever Pillow raises: the file was inspected, so
    this drawing is what is wrong. MemoryError stays what it is.
    """
    try:
        return rendering.render(file, jobs)
    except MemoryError:
        raise
    except Exception as error:
        raise Unrenderable("This cannot be drawn.") from error


def _follow(parent: int) -> None:
    """End within a second of the parent. (PR_SET_PDEATHSIG would with the thread that made this process.)"""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
