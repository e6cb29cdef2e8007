"""The application as people run it: quickstart and gunicorn in their own processes, asked over a socket."""

import atexit
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from django.db import connection

from tests import BASE_DIR
from tests.servers.machine import free_ports

ADMIN_PASSWORD = "a password for tests only"
START_SECONDS = 60  # a deadline, not a wait: it is usually there within three

# What a machine or a `.env` file may set and a test must not inherit.
UNSET = {
    "EMAIL_URL": "",
    "IMAGELIB_ADMIN_PASSWORD": "",
    "IMAGELIB_DEBUG": "false",
    "IMAGELIB_PUBLIC_URL": "",
    "IMAGELIB_SECRET_KEY": "",
    "IMAGELIB_STORAGE": "local",
    "IMAGELIB_TRUSTED_PROXIES": "0",
    "HOST": "127.0.0.1",
    "WEB_CONCURRENCY": "2",
}


class Application:
    """imagelib with a data folder and a port of its own. `environment` configures it as variables do.

    It runs the code in the folder `code`.
    """

    def __init__(self, data_dir: Path, code: Path = BASE_DIR, *, port: int | None = None, **environment: str):
        self.code = code
        self.port = port or free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self.log_path = data_dir.with_name(f"{data_dir.name}.log")
        self.environment = {
            **os.environ,
            **UNSET,
            "IMAGELIB_DATA_DIR": str(data_dir),
            "DATABASE_URL": f"sqlite:///{data_dir / 'db.sqlite3'}",
            "PORT": str(self.port),
            **environment,
        }
        self._process = None

    def start(self, *options: str) -> None:
        """Run quickstart with `options`, samples and worker left out; return when it answers.

        A new SQLite has its tables by then: every test that migrates for itself calls `launch` or `manage`.
        """
        kind, _, path = self.environment["DATABASE_URL"].partition(":///")
        if kind == "sqlite" and self.code == BASE_DIR and not Path(path).exists():
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # as quickstart does
            shutil.copyfile(migrated(), path)
        alone = ["--no-worker"] if self.code == BASE_DIR else []  # earlier code has none
        self.launch("--no-samples", *alone, *options)
        self.wait()

    def launch(self, *options: str) -> None:
        """Run quickstart with `options` and do not wait."""
        self._run("manage.py", "quickstart", *options)

    def serve(self) -> None:
        """Run gunicorn, as a supervisor does, and do not wait."""
        self._run("-m", "gunicorn", "--config=deploy/gunicorn.conf.py")

    def work(self) -> None:
        """Run a worker for background tasks in place of the server, and do not wait."""
        self._run("manage.py", "worker")

    def _run(self, *arguments: str) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.code,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for who started it, and stops it
            )

    def wait(self) -> None:
        """Return when /healthz says ok; raise RuntimeError with the log when the process ends before."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The application did not start:\n{self.log}")

    def ended(self) -> int:
        """Wait until it has ended by itself, and return its exit code."""
        return self._process.wait(START_SECONDS)

    def stop(self, signal_: int = signal.SIGTERM) -> int:
        """Ask the server to end and return its exit code. Stopping what is stopped changes nothing."""
        self._process.send_signal(signal_)
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """End all of its processes as the loss of their machine does."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Stop, and start again on the same port and data."""
        self.stop()
        self.start()

    def start_with_worker(self) -> None:
        """Run quickstart as people do, the samples left out; return when it answers."""
        self.launch("--no-samples")
        self.wait()

    def manage(self, *arguments: str, seconds: float = START_SECONDS) -> subprocess.CompletedProcess:
        """Run a management command to its end, which comes in time, in the application's environment."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.code,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request on a connection of its own; return status, headers (lower case) and body."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            client.request(method, path, body, headers or {})
            response = client.getresponse()
            return response.status, {name.lower(): v for name, v in response.getheaders()}, response.read()
        finally:
            client.close()

    @property
    def started(self) -> bool:
        """Whether it was ever started, which is when there is something to stop."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process id of the server, whose children are the workers; or of who runs it beside a worker."""
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The process ids of gunicorn's workers."""
        return [
            int(child) for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        ]

    @property
    def log(self) -> str:
        """What the application printed and logged since it was first started."""
        return self.log_path.read_text()

    def _answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.request("GET", "/healthz")[0] == 200
        return False


@cache
def migrated() -> Path:
    """Return a SQLite with all tables and no rows of people, made once for this process: it takes seconds."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    empty = Application(folder, COVERAGE_PROCESS_START="")
    empty.manage("migrate").check_returncode()
    return folder / "db.sqlite3"


@contextmanager
def running(application: Application) -> Iterator[Application]:
    """Start `application` for the length of the block."""
    application.start()
    try:
        yield application
    finally:
        application.stop()


@contextmanager
def fresh_database(data_dir: Path) -> Iterator[str]:
    """Yield the DATABASE_URL of an empty database of the kind this test run uses; drop it afterwards."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{data_dir / 'db.sqlite3'}"
        return
    name = f"imagelib_live_{uuid.uuid4().hex[:12]}"
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server}/{name}"
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
