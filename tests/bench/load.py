"""The load: wrk where one URL is asked again and again, sockets of our own where wrk cannot go.

wrk takes next to no CPU, which matters when everything shares one machine; but it knows no HEAD, and no end
of a list of URLs. What is measured with our own sockets costs each subject the same 50 µs or so a request.
"""

import hashlib
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

REPORT = Path(__file__).with_name("report.lua")
TIMEOUT = 60  # seconds; no answer takes as long unless something is broken
BUFFER = 256 * 1024

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class WrongAnswer(Exception):
    """A subject answered otherwise than asked: no ratio is to be made of that."""


@dataclass(frozen=True)
class Request:
    """One request, and what it must be answered with: status and Content-Length."""

    url: str
    status: int
    length: int
    method: str = "GET"
    headers: tuple[str, ...] = ()

    def __bytes__(self) -> bytes:
        url = urlsplit(self.url)
        lines = [f"{self.method} {url.path} HTTP/1.1", f"Host: {url.netloc}", *self.headers, "", ""]
        return "\r\n".join(lines).encode()


def hammer(request: Request, connections: int, seconds: int) -> float:
    """Send a GET again and again; return requests per second. Raises WrongAnswer."""
    report = subprocess.run(
        [
            *("wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s"),
            *(f"--timeout={TIMEOUT}s", f"--script={REPORT}"),
            *(f"--header={header}" for header in request.headers),
            request.url,
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=seconds + 2 * TIMEOUT,
    ).stdout
    counted = json.loads(report.splitlines()[-1])
    if counted["errors"] or not counted["requests"]:
        raise WrongAnswer(f"{request.url}: {report}")
    if counted["bytes"] < counted["requests"] * request.length:
        raise WrongAnswer(f"{request.url}: {counted['bytes']} bytes in {counted['requests']} answers")
    return counted["requests"] / counted["microseconds"] * 1e6


class Connection:
    """A kept-alive connection that asks one thing after another."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._bytes = bytearray(BUFFER)
        self._buffer = memoryview(self._bytes)

    def ask(self, request: Request, digest: "hashlib._Hash | None" = None) -> float:
        """Read the answer to its end; return the seconds to its first byte. Raises WrongAnswer.

        The body is fed to `digest` when there is one.
        """
        start = time.perf_counter()
        self._socket.sendall(bytes(request))
        received = self._receive(0)
        seconds = time.perf_counter() - start
        while (end := self._bytes.find(b"\r\n\r\n", 0, received)) < 0:
            received += self._receive(received)

        head = self._bytes[: end + 4]
        status, length = _STATUS.match(head), _LENGTH.search(head)
        if int(status[1]) != request.status or (int(length[1]) if length else 0) != request.length:
            raise WrongAnswer(f"{request.method} {request.url}: {head.decode('latin-1')}")

        piece = self._buffer[end + 4 : received]
        left = (0 if request.method == "HEAD" else request.length) - len(piece)
        while True:
            if digest:
                digest.update(piece)
            if left <= 0:
                return seconds
            piece = self._buffer[: self._receive(0)]
            left -= len(piece)

    def close(self) -> None:
        self._socket.close()

    def _receive(self, offset: int) -> int:
        count = self._socket.recv_into(self._buffer[offset:])
        if not count:
            raise WrongAnswer("The connection was closed within an answer.")
        return count


def check(request: Request, sha256: str) -> None:
    """Ask once. Raises WrongAnswer when the body has another digest."""
    with ExitStack() as on_exit:
        connection = Connection(request.url)
        on_exit.callback(connection.close)
        digest = hashlib.sha256()
        connection.ask(request, digest)
        if digest.hexdigest() != sha256:
            raise WrongAnswer(f"{request.url}: other bytes")


def walk(requests: Iterable[Request], connections: int) -> tuple[float, list[float]]:
    """Send each request once, over so many connections; return the seconds it took and those to each first
    byte. Raises WrongAnswer.
    """
    requests = list(requests)
    times: list[float] = []
    failures: list[Exception] = []
    todo = iter(requests)
    with ExitStack() as on_exit:
        threads = []
        for _ in range(min(connections, len(requests))):
            connection = Connection(requests[0].url)
            on_exit.callback(connection.close)
            threads.append(threading.Thread(target=_work, args=(connection, todo, times, failures)))
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - start
    if failures:
        raise failures[0]
    return seconds, times


def _work(
    connection: Connection, todo: Iterator[Request], times: list[float], failures: list[Exception]
) -> None:
    try:
        for request in todo:
            times.append(connection.ask(request))
            if failures:
                return
    except Exception as error:
        failures.append(error)
