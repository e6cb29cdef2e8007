"""What slow readers cost the workers of a server in memory."""

import selectors
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.load import TIMEOUT, Request, WrongAnswer
from tests.bench.subjects import Subject

RECEIVE_BUFFER = 64 * 1024  # bytes the kernel takes ahead of a slow reader
PIECE = 16 * 1024
PAUSE = 0.1  # seconds between two pieces: 160 kB/s


def growth_under_slow_readers(subject: Subject, request: Request, readers: int, seconds: float) -> int:
    """Return by how many bytes all processes of `subject` grow while `readers` read slowly, at the most.

    The proportional set size: pages that processes share count once. Raises WrongAnswer.
    """
    before = most = memory_of(subject.pid)
    url = urlsplit(request.url)
    with ExitStack() as on_exit:
        selector = on_exit.enter_context(selectors.DefaultSelector())
        answers: dict[socket.socket, bytes] = {}
        for _ in range(readers):
            reader = on_exit.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            reader.settimeout(TIMEOUT)
            reader.connect((url.hostname, url.port))
            reader.sendall(bytes(request))
            selector.register(reader, selectors.EVENT_READ)
        start = time.monotonic()
        while time.monotonic() < start + (seconds if answers else TIMEOUT):
            for key, _ in selector.select(0):
                piece = key.fileobj.recv(PIECE)
                if not answers.setdefault(key.fileobj, piece).startswith(b"HTTP/1.1 200") or not piece:
                    raise WrongAnswer(f"{request.url}: {answers[key.fileobj][:200]!r}")
            most = max(most, memory_of(subject.pid))
            time.sleep(PAUSE)
    if not answers:
        raise WrongAnswer(f"{request.url}: no answer within {TIMEOUT} s")
    return most - before


def memory_of(pid: int) -> int:
    """Return the proportional set size of a process and its descendants, in bytes."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            parent = status.read_text().rpartition(") ")[2].split()[1]  # a name may hold anything, ")" too
            children.setdefault(int(parent), []).append(int(status.parent.name))
    total, family = 0, [pid]
    for member in family:
        family += children.get(member, [])
        with suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total
