"""A PostgreSQL of its own, in a folder and on a port of 127.0.0.1; or the one that DATABASE_URL names."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.machine import need

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
IS_ROOT = os.getuid() == 0
USER = "postgres" if IS_ROOT else getpass.getuser()  # as root it refuses to run


@dataclass(frozen=True)
class Server:
    """One that runs; `url` is without a database. `folder` has its data, where it is our own."""

    url: str
    folder: Path | None = None

    def database(self, name: str) -> str:
        """Return the URL of the database with this name; it is made when it is not there."""
        import psycopg

        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as session:
            if not session.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                session.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        return f"{self.url}/{name}"

    def fail(self) -> None:
        """End it as a crash does. It is not started again."""
        run("pg_ctl", "stop", f"--pgdata={self.folder}", "--mode=immediate", "--silent")

    def promote(self) -> None:
        """Have a standby become a primary."""
        run("pg_ctl", "promote", f"--pgdata={self.folder}", "--silent")

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let all of its processes stand still for the length of the block; their kernel goes on."""
        (main, *_) = (self.folder / "postmaster.pid").read_text().split()
        children = Path(f"/proc/{main}/task/{main}/children")
        os.kill(int(main), signal.SIGSTOP)  # first: it starts no more of them
        stopped = [int(main), *map(int, children.read_text().split())]
        for process in stopped[1:]:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                os.kill(process, signal.SIGCONT)


@contextmanager
def running_postgresql(folder: Path) -> Iterator[Server]:
    """Run one whose data are in `folder`, new or as they were, or use the one that DATABASE_URL names."""
    if url := os.environ.get("DATABASE_URL", ""):
        yield Server(url.rpartition("/")[0])
        return
    with own_postgresql(folder) as server:
        yield server


@contextmanager
def temporary_postgresql() -> Iterator[Server]:
    """Run one that is new and of which nothing is left."""
    need("PostgreSQL", PROGRAMS.exists(), "one that is our own, to be stopped")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # below what its user may enter
    try:
        with own_postgresql(folder / "data") as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def own_postgresql(folder: Path) -> Iterator[Server]:
    """Run one whose data are in `folder`, new or as they were. One process does all the work of a query."""
    is_new = not folder.exists()
    if is_new:
        make_folder(folder)
        for above in (folder.parent, *folder.parent.parents):
            if not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o011)  # the database's user passes through
        run("initdb", f"--pgdata={folder}", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    with _started(folder) as server:
        yield server


@contextmanager
def running_standby(primary: Server) -> Iterator[Server]:
    """Run a hot standby of `primary` beside it."""
    folder = primary.folder.with_name("standby")
    make_folder(folder)
    source = f"--dbname={primary.url}/postgres"
    run("pg_basebackup", source, f"--pgdata={folder}", "--write-recovery-conf", "--checkpoint=fast")
    with _started(folder) as server:
        yield server


@contextmanager
def _started(folder: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        " -c max_parallel_workers_per_gather=0 -c shared_buffers=1GB -c max_wal_size=4GB"
        " -c maintenance_work_mem=512MB"
    )
    run(
        "pg_ctl",
        "start",
        f"--pgdata={folder}",
        f"--log={folder}/log",
        "--wait",
        "--silent",
        f"--options={options}",
    )
    try:
        yield Server(f"postgres://{USER}@127.0.0.1:{port}", folder)
    finally:
        if (folder / "postmaster.pid").exists():  # else a test has killed it
            run("pg_ctl", "stop", f"--pgdata={folder}", "--mode=fast", "--silent")


def make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    if IS_ROOT:
        shutil.chown(folder, USER, USER)


def run(program: str, *arguments: str) -> str:
    """Return what a program of PostgreSQL's prints, run by who owns the data. Raises CalledProcessError."""
    as_owner = ["runuser", "-u", USER, "--"] if IS_ROOT else []
    command = [*as_owner, str(PROGRAMS / program), *arguments]
    # A file, for a server that the program starts keeps what it prints to open.
    with tempfile.TemporaryFile("w+") as said:
        subprocess.run(command, cwd="/", check=True, stdout=said, stdin=subprocess.DEVNULL)
        said.seek(0)
        return said.read()
