"""Debian's PgBouncer in front of a PostgreSQL, on a port of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.machine import free_ports, need, until
from tests.servers.postgresql import USER

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


@contextmanager
def running_pgbouncer(server: str, mode: str, size: int = 50, round_robin: bool = False) -> Iterator[str]:
    """Run one in front of the PostgreSQL at the URL `server`, which may name a database; yield its URL, which
    names none. `mode` is session, transaction or statement, `size` how many backends a database gets.
    """
    program = find_pgbouncer()
    need("PgBouncer", program, "what a pooler before PostgreSQL does to sessions")
    target, (listen,) = urlsplit(server), free_ports(1)
    as_root = os.getuid() == 0  # it refuses to run so
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))  # below what its user may enter
    try:
        configuration, people, log = (folder / name for name in ("pgbouncer.ini", "people", "log"))
        people.write_text(f'"{target.username}" "{target.password or ""}"\n')
        configuration.write_text(
            CONFIGURATION.format(
                host=target.hostname,
                port=target.port or 5432,
                listen=listen,
                people=people,
                mode=mode,
                size=size,
                round_robin=int(round_robin),
            )
        )
        if as_root:
            shutil.chown(folder, USER)
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [program, configuration],
                user=USER if as_root else None,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
            )
        try:
            until(lambda: process.poll() is not None or _answers(listen))
            if process.poll() is not None:
                raise RuntimeError(f"PgBouncer did not start:\n{log.read_text()}")
            yield f"postgres://{target.username}@127.0.0.1:{listen}"
        finally:
            process.terminate()  # at once, whoever is connected
            process.wait(10)
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
