"""Debian's PgBouncer in front of a PostgreSQL, on a port of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.machine import free_ports, need, until
from tests.servers.postgresql import IS_ROOT, USER

CONFIGURATION = """\
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = trust
auth_file = {people}
pool_mode = {mode}
default_pool_size = {size}
server_round_robin = {round_robin}
"""


class PgBouncer:
    """One at 127.0.0.1:`port`. `configuration` is the whole of it; `folder` is its user's to write to, who is
    not root.
    """

    def __init__(self, folder: Path, port: int, configuration: str):
        self.port, self.log_path = port, folder / "pgbouncer.log"
        self._configuration = folder / "pgbouncer.ini"
        self._process: subprocess.Popen | None = None
        for path in (self._configuration, self.log_path):
            path.touch(mode=0o600)
            if IS_ROOT:
                shutil.chown(path, USER)
        self._configuration.write_text(configuration)

    def start(self) -> None:
        """Return when it takes clients. Raises RuntimeError."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [find_pgbouncer(), self._configuration],
                user=USER if IS_ROOT else None,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        until(lambda: self._process.poll() is not None or _answers(self.port))
        if self._process.poll() is not None:
            raise RuntimeError(f"PgBouncer did not start:\n{self.log_path.read_text()}")

    def stop(self, signal_: int = signal.SIGTERM) -> None:
        """End it at once, whoever is connected. Stopping what is stopped does nothing."""
        if self._process is not None:
            self._process.send_signal(signal_)
            self._process.wait(10)


@contextmanager
def running_pgbouncer(
    server: str, mode: str, size: int = 50, round_robin: bool = False, port: int | None = None
) -> Iterator[str]:
    """Run one in front of the PostgreSQL at the URL `server`, which may name a database; yield its URL, which
    names none. `mode` is session, transaction or statement, `size` how many backends a database gets,
    `port` its own, or else a free one.
    """
    need("PgBouncer", find_pgbouncer(), "what a pooler before PostgreSQL does to sessions")
    target, listen = urlsplit(server), port or free_ports(1)[0]
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))  # below what its user may enter
    try:
        people = folder / "people"
        people.write_text(f'"{target.username}" "{target.password or ""}"\n')
        if IS_ROOT:
            shutil.chown(folder, USER)
        configuration = CONFIGURATION.format(
            host=target.hostname,
            port=target.port or 5432,
            listen=listen,
            people=people,
            mode=mode,
            size=size,
            round_robin=int(round_robin),
        )
        pgbouncer = PgBouncer(folder, listen, configuration)
        try:
            pgbouncer.start()
            yield f"postgres://{target.username}@127.0.0.1:{listen}"
        finally:
            pgbouncer.stop()
    finally:
        shutil.rmtree(folder)


def find_pgbouncer() -> str | None:
    """Return the path of PgBouncer, which Debian keeps off the PATH of ordinary users."""
    return shutil.which("pgbouncer", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))


def _answers(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False
