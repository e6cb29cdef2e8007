"""Debian's nginx with a configuration that ships, on a port of its own."""

import getpass
import grp
import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from tests import BASE_DIR
from tests.servers.machine import free_ports, need

CONFIGURATION = BASE_DIR / "deploy" / "nginx.conf"
START_SECONDS = 20  # a deadline, not a wait: it is usually there within a tenth of one

# What a distribution's or the official image's nginx.conf has around deploy/nginx.conf.
AROUND = """\
daemon off;
{user}
worker_processes 2;
pid {directory}/nginx.pid;
error_log {directory}/error.log info;
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    gzip on;
    gzip_types *;
    client_body_temp_path {directory}/client_body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/imagelib.conf;
}}
"""


class Nginx:
    """nginx in front of the application at 127.0.0.1:`upstream`. All it writes is in `directory`.

    `changes` are pieces of the configuration and what stands in their place, beside addresses and folders.
    """

    def __init__(
        self,
        directory: Path,
        upstream: int,
        changes: Mapping[str, str],
        port: int | None = None,
        configuration: Path = CONFIGURATION,
    ):
        self.port = port or free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = directory
        self._process = None
        text = configuration.read_text()
        for ours, here in {
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "server app:8000 ": f"server 127.0.0.1:{upstream} ",
            "/var/cache/imagelib": str(directory / "cache"),
            "/var/log/nginx": str(directory),
            **changes,
        }.items():
            if text.count(ours) != 1:
                raise ValueError(f"{configuration.name} should say {ours!r} once.")
            text = text.replace(ours, here)
        (directory / "imagelib.conf").write_text(text)
        # Only of root it is asked who its workers are.
        group = grp.getgrgid(os.getgid()).gr_name
        user = f"user {getpass.getuser()} {group};" if os.getuid() == 0 else ""
        self._main = directory / "nginx.conf"
        self._main.write_text(AROUND.format(user=user, directory=directory))

    def start(self) -> None:
        """Check the configuration and start; return when it answers, raise RuntimeError when it does not."""
        command = [find_nginx(), "-p", self.directory, "-c", self._main, "-e", self.directory / "error.log"]
        subprocess.run([*command, "-t", "-q"], check=True, timeout=START_SECONDS)
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"nginx did not start:\n{self.log}")

    def change(self, changes: Mapping[str, str]) -> None:
        """Put others in the place of pieces of the configuration, and have nginx read it again. It comes
        whole: nginx, which may be about to read the one before, listens to nobody by an empty one.
        """
        configuration = self.directory / "imagelib.conf"
        text = configuration.read_text()
        for old, new in changes.items():
            text = text.replace(old, new)
        written = configuration.with_suffix(".new")
        written.write_text(text)
        written.rename(configuration)
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Stop at once, whoever is still being answered. Stopping what is stopped does nothing."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def connect(self, timeout: float = 30) -> http.client.HTTPConnection:
        """Return a connection; the caller closes it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request on a connection of its own; return status, headers (lower case) and body."""
        client = self.connect()
        try:
            client.request(method, path, body, headers or {})
            response = client.getresponse()
            return response.status, {name.lower(): v for name, v in response.getheaders()}, response.read()
        finally:
            client.close()

    @property
    def stored(self) -> int:
        """How many answers with bytes of an image the cache holds: all but those that there is none."""
        files = [path for path in (self.directory / "cache").rglob("*") if path.is_file()]
        return sum(b"\nHTTP/1.1 404 " not in path.read_bytes()[:1024] for path in files)

    @property
    def log(self) -> str:
        """What nginx logged."""
        return (self.directory / "error.log").read_text()

    def _answers(self) -> bool:
        with suppress(OSError):
            self.connect(1).connect()
            return True
        return False


def find_nginx() -> str | None:
    """Return the path of nginx, which Debian keeps off the PATH of ordinary users."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))


@contextmanager
def running_nginx(
    directory: Path,
    upstream: int,
    changes: Mapping[str, str] = MappingProxyType({}),
    configuration: Path = CONFIGURATION,
) -> Iterator[Nginx]:
    """Run an nginx with an empty cache for the length of the block."""
    need("nginx", find_nginx(), "everything that runs through the nginx in front")
    nginx = Nginx(directory, upstream, changes, configuration=configuration)
    nginx.start()
    try:
        yield nginx
    finally:
        nginx.stop()
