"""Real servers that tests run against, and the one rule for when such a thing is not installed."""

import os
import random
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

START_SECONDS = 60  # a deadline, not a wait: SeaweedFS is usually there within one


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


class SeaweedFS:
    """A SeaweedFS server of its own, on 127.0.0.1 only, with one bucket and one pair of keys."""

    def __init__(self, directory: Path, bucket: str, access_key: str, secret_key: str):
        self.directory, self.bucket = directory, bucket
        self.access_key, self.secret_key = access_key, secret_key
        names = ["-s3.port", "-master.port", "-volume.port", "-filer.port", "-admin.port"]
        # Each listens for gRPC 10,000 higher; its own worker looks for the admin server nowhere else.
        self._ports = dict(zip(names, free_ports(len(names), companion=10_000), strict=True))
        self._process = None
        self.endpoint_url = f"http://127.0.0.1:{self._ports['-s3.port']}"
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )

    def start(self) -> None:
        """Start, or start again with the same ports and data; return when the bucket answers."""
        command = [
            find_program("weed"),
            "mini",
            f"-dir={self.directory}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-bucket={self.bucket}",
            *(f"{name}={port}" for name, port in self._ports.items()),
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.autoCreateBucket=false",
            "-s3.localSocket=s3.sock",  # below `directory`: it is left behind
            "-volume.preStopSeconds=0",
            "-master.telemetry=false",
            "-admin.ui=false",
            "-webdav=false",
        ]
        keys = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        with (self.directory / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.directory, env=os.environ | keys, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"SeaweedFS did not start: {(self.directory / 'weed.log').read_text()}")

    def stop(self) -> None:
        """Stop; the data stays. Stopping what is stopped does nothing."""
        self._process.terminate()
        try:
            self._process.wait(2)  # it can take long over connections that clients keep open
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for port in self._ports.values():  # sockets it leaves behind, some of the time
            for left in Path(tempfile.gettempdir()).glob("seaweedfs-*.sock"):
                if left.stem.endswith((f"-{port}", f"-{port + 10_000}")):
                    left.unlink(missing_ok=True)

    @property
    def options(self) -> dict[str, str]:
        """What S3StorageBackend takes to use it: the IMAGELIB_S3 of a test."""
        return {
            "bucket_name": self.bucket,
            "endpoint_url": self.endpoint_url,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
        }

    @property
    def pid(self) -> int:
        return self._process.pid

    def _answers(self) -> bool:
        # It says that it is up before it has its bucket, and before its volumes take and give content.
        with suppress(BotoCoreError, ClientError):
            self.client.put_object(Bucket=self.bucket, Key="probe", Body=b"content")
            self.client.delete_object(Bucket=self.bucket, Key="probe")
            return True
        return False


def start_seaweedfs(directory: Path, bucket: str, access_key: str, secret_key: str) -> SeaweedFS:
    """Return a running SeaweedFS that keeps its data in `directory`; the caller stops it."""
    server = SeaweedFS(directory, bucket, access_key, secret_key)
    server.start()
    return server


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory) -> Iterator[SeaweedFS]:
    """One running SeaweedFS for the whole session. A test that stops it starts it again."""
    need("weed (SeaweedFS)", find_program("weed"), "everything that runs against a real S3-compatible server")
    directory = tmp_path_factory.mktemp("seaweedfs")
    server = start_seaweedfs(directory, "seaweed-bucket", "SEAWEEDKEYID", "seaweed-secret-key")
    yield server
    server.stop()


def _unaltered(piece: bytes) -> bytes:
    return piece


class Proxy(socketserver.ThreadingTCPServer):
    """A TCP proxy on 127.0.0.1 that passes what it carries through `request` and `response`.

    Both are given one piece of bytes as it arrived and return what goes on; None cuts the connection.
    """

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, target: str, request: Callable = _unaltered, response: Callable = _unaltered):
        host, _, port = target.removeprefix("http://").partition(":")
        self.target, self.request, self.response = (host, int(port)), request, response
        self.connections = 0
        self.ended = threading.Semaphore(0)  # one for every connection that is over
        super().__init__(("127.0.0.1", 0), _Carrier)
        self.endpoint_url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """Say nothing: a cut connection is what the tests want."""


class _Carrier(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.server.connections += 1
        with socket.create_connection(self.server.target) as target:
            back = threading.Thread(
                target=_carry, args=(target, self.request, self.server.response), daemon=True
            )
            back.start()
            _carry(self.request, target, self.server.request)
            back.join()
        self.server.ended.release()


def _carry(source: socket.socket, sink: socket.socket, alter: Callable) -> None:
    with suppress(OSError):
        while (piece := source.recv(2**16)) and (altered := alter(piece)) is not None:
            sink.sendall(altered)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(target: str, request: Callable = _unaltered, response: Callable = _unaltered) -> Iterator[Proxy]:
    """Run a Proxy in front of the URL `target` for the length of the block."""
    with Proxy(target, request, response) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
