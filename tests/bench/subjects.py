"""What is compared: imagelib as production runs it, the former design, and nginx, all on 127.0.0.1."""

import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests import BASE_DIR
from tests.bench.load import Request, check
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers.application import Application
from tests.servers.machine import free_ports
from tests.servers.nginx import find_nginx, running_nginx
from tests.servers.seaweedfs import SeaweedFS

HERE = Path(__file__).parent
PEERS_PYTHON = HERE / ".venv" / "bin" / "python"
START_SECONDS = 60
STOP_SECONDS = 10
WORKERS = 2  # of every subject

STATIC = """
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    default_type image/jpeg;
    server {{
        listen 127.0.0.1:{port};
        root {root};
    }}
}}
"""


@dataclass(frozen=True)
class Picture:
    """One image, known to all subjects: `nominal` is the size it was made for, in bytes."""

    id: str
    digest: str
    size: int
    nominal: int


@dataclass(frozen=True)
class Subject:
    """A running server: where it has a picture, and the process whose descendants are its workers.

    The process is None where memory is not measured.
    """

    name: str
    pid: int | None
    url: Callable[[Picture], str]


class Imagelib(Application):
    """imagelib in its production server, with a bucket and the verified cache in front of it."""

    @property
    def subject(self) -> Subject:
        return Subject("imagelib", self._process.pid, lambda picture: self.url + file_path(picture))

    def rendition_and_twin(self, picture: Picture) -> tuple[Request, Request]:
        """Return the requests for a kept rendition of `picture`, and for an original with the same bytes."""
        derived = f"/iiif/3/{picture.id}/full/max/0/default.jpg"
        data = self.request("GET", derived)[2]
        token = self.manage("createtoken", "admin").stdout.split()[-1]
        headers = MULTIPART | {"Authorization": f"Token {token}"}
        _, _, answer = self.request("POST", "/api/v1/images", multipart("twin.jpg", data), headers)
        twin = f"/api/v1/images/{json.loads(answer)['id']}/file"
        requests = [Request(self.url + path, 200, len(data)) for path in (derived, twin)]
        for request in requests:
            check(request, hashlib.sha256(data).hexdigest())
        return tuple(requests)

    def empty_cache(self) -> None:
        """Forget every object that was fetched. Nothing may be asked for meanwhile."""
        for file in (self.data_dir / "cache").glob("*/*"):
            file.unlink()


def file_path(picture: Picture) -> str:
    """Return the permanent path of `picture` in imagelib."""
    return f"/api/v1/images/{picture.id}/file"


def s3_environment(origin: SeaweedFS, endpoint_url: str) -> dict[str, str]:
    """Return what makes imagelib and the former design use `origin`, reached at `endpoint_url`."""
    return {
        "IMAGELIB_STORAGE": "s3",
        "IMAGELIB_S3_BUCKET_NAME": origin.bucket,
        "IMAGELIB_S3_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": origin.access_key,
        "AWS_SECRET_ACCESS_KEY": origin.secret_key,
    }


@contextmanager
def imagelib(data_dir: Path, environment: dict[str, str]) -> Iterator[Imagelib]:
    """Run imagelib, and stop it also when it is interrupted while it starts."""
    application = Imagelib(data_dir, **environment)
    try:
        application.start()
        yield application
    finally:
        if application.started:
            application.stop()


@contextmanager
def former_design(name: str, factory: str, environment: dict[str, str]) -> Iterator[Subject]:
    """Run what `factory` in former.py makes."""
    (port,) = free_ports(1)
    command = [
        *(PEERS_PYTHON, "-m", "uvicorn", f"tests.bench.former:{factory}", "--factory"),
        f"--app-dir={BASE_DIR}",  # not this folder: its queue.py is not Python's
        *("--host=127.0.0.1", f"--port={port}", f"--workers={WORKERS}"),
        *("--log-level=error", "--no-access-log"),
    ]
    with _process(command, port, os.environ | environment) as pid:
        yield Subject(name, pid, lambda picture: f"http://127.0.0.1:{port}/{picture.digest}")


@contextmanager
def nginx_static(folder: Path, root: Path) -> Iterator[Subject]:
    """Run nginx, its own files in `folder`, serving the pictures kept in `root` by digest."""
    (port,) = free_ports(1)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        STATIC.format(
            user="user root;" if os.geteuid() == 0 else "",  # or its workers could not read `root`
            workers=WORKERS,
            folder=folder,
            port=port,
            root=root,
        )
    )
    command = [find_nginx(), "-c", configuration, "-e", folder / "nginx.log", "-g", "daemon off;"]
    with _process(command, port, dict(os.environ)) as pid:
        yield Subject("nginx static", pid, lambda picture: f"http://127.0.0.1:{port}/{picture.digest}")


@contextmanager
def nginx_in_front(directory: Path, application: Imagelib) -> Iterator[Subject]:
    """Run nginx with the configuration that ships in front of `application`, its cache empty."""
    directory.mkdir()
    with running_nginx(directory, application.port) as server:
        yield Subject("through nginx's cache", None, lambda picture: server.url + file_path(picture))


@contextmanager
def _process(command: list, port: int, environment: dict[str, str]) -> Iterator[int]:
    """Run `command` until the block is left; yield its process id once `port` is listened to."""
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"This did not start: {' '.join(map(str, command))}")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
