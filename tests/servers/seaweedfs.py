"""A real S3 server: SeaweedFS."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.servers.machine import find_program, free_ports, need

PORTS = ["-s3.port", "-master.port", "-volume.port", "-filer.port", "-admin.port"]
COMPANION = 10_000  # each listens for gRPC so much higher: its own worker looks for the admin nowhere else
START_SECONDS = 60  # a deadline, not a wait: SeaweedFS is usually there within one


class SeaweedFS:
    """A SeaweedFS server of its own, on 127.0.0.1 only, with one bucket and one pair of keys."""

    def __init__(
        self,
        directory: Path,
        bucket: str,
        access_key: str,
        secret_key: str,
        ports: Sequence[int] | None = None,
    ):
        self.directory, self.bucket = directory, bucket
        self.access_key, self.secret_key = access_key, secret_key
        ports = ports or free_ports(len(PORTS), companion=COMPANION)
        self._ports = dict(zip(PORTS, ports, strict=True))
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
                command,
                cwd=self.directory,
                env=os.environ | keys,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
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
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(2)  # it can take long over connections that clients keep open
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for port in self._ports.values():  # sockets it leaves behind, some of the time
            for left in Path(tempfile.gettempdir()).glob("seaweedfs-*.sock"):
                if left.stem.endswith((f"-{port}", f"-{port + COMPANION}")):
                    with suppress(PermissionError):  # another user's, of the same port
                        left.unlink(missing_ok=True)

    @property
    def options(self) -> dict[str, str | int]:
        """What S3StorageBackend takes to use it: the IMAGELIB_S3 of a test."""
        return {
            "bucket_name": self.bucket,
            "endpoint_url": self.endpoint_url,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "max_connections": 16,
        }

    def shell(self, commands: str) -> str:
        """Return what `weed shell` prints of these commands, a line each."""
        places = [f"-{name}=127.0.0.1:{self._ports[f'-{name}.port']}" for name in ("master", "filer")]
        command = [find_program("weed"), "shell", *places]
        done = subprocess.run(command, input=commands, capture_output=True, text=True, timeout=START_SECONDS)
        return done.stdout + done.stderr

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
