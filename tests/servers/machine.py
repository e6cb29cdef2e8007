"""What this machine offers to servers: programs and ports, and the one rule for what is not installed."""

import os
import random
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest


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

    They lie below those that the kernel lends to outgoing connections.
    """
    ports = []
    for port in random.sample(range(10_000, 20_000), 1000):
        with suppress(OSError):
            for wanted in {port, port + companion}:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", wanted))
            ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError("No free ports")
