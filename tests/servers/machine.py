"""What this machine offers to servers: programs and ports, and the one rule for what is not installed."""

import fcntl
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
PORTS = range(10_000, 20_000)
DEADLINE = 20  # seconds; what takes one may take several on a machine hard at work


def until(happened: Callable[[], T], seconds: float = DEADLINE) -> T:
    """Return what `happened` returns once that is true, which it must be within so many seconds.

    Asks a hundred times a second, no oftener: what is waited for needs the processor too.
    """
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not (found := happened()):
        assert time.monotonic() < deadline, f"It did not happen within {seconds} s."
        pause.wait(0.01)
    return found


def need(name: str, available: object, why: str) -> None:
    """Skip the test when `name` is not available, saying what is left out (`why`).

    With IMAGELIB_TEST_REQUIRE_ALL=1 in the environment the test fails instead.
    """
    if available:
        return
    message = f"{name} is not available here, so this is left out: {why}"
    if os.environ.get("IMAGELIB_TEST_REQUIRE_ALL") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def find_program(name: str) -> str | None:
    """Return the path of a program: the one beside this Python first, then the one on PATH."""
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


def free_ports(count: int, companion: int = 0) -> list[int]:
    """Return ports of 127.0.0.1 that are free, as are the ones `companion` above each.

    They lie below those that the kernel lends to outgoing connections. No other call, by whichever process of
    this user, gets them before all PORTS had their turn: a port may be bound long after it was found.
    """
    ports = []
    with (Path(tempfile.gettempdir()) / f"imagelib-tests-port-{os.getuid()}").open("a+") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        turn.seek(0)
        last = int(turn.read() or 0)
        for step in range(1, len(PORTS)):
            port = PORTS[(last + step) % len(PORTS)]
            with suppress(OSError):
                for wanted in {port, port + companion}:
                    with socket.socket() as probe:
                        probe.bind(("127.0.0.1", wanted))
                ports.append(port)
            if len(ports) == count:
                turn.truncate(0)
                turn.write(str(PORTS.index(port)))
                return ports
    raise RuntimeError("No free ports")
