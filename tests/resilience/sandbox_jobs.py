"""What the sandbox's children are made to do in tests. A child imports this, so this imports no Django."""

import os
import signal
import threading
import time
from contextlib import suppress

from images.imaging import child


def eat_memory(file, size: int) -> int:
    return len(bytearray(size))


def spin(file, seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def hang(file) -> None:
    threading.Event().wait()


def die(file) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def pid(file) -> int:
    return os.getpid()


def look_around(file) -> tuple[dict, list[str]]:
    """Return the environment and what the open files are."""
    descriptors = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the one that lists them
            descriptors.append(os.readlink(f"/proc/self/fd/{name}"))
    return dict(os.environ), descriptors


def spin_with_one_second(file) -> None:
    child.CPU_SECONDS = 1
    child.run(spin, os.devnull, 60)


def meet(file, folder: str, count: int) -> int:
    """Return when so many children are in this at once."""
    open(os.path.join(folder, str(os.getpid())), "w").close()
    while len(os.listdir(folder)) < count:
        os.sched_yield()
    return os.getpid()
