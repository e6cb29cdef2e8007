"""Two PostgreSQLs, one of them a streaming standby, each with a PgBouncer, as deploy/cluster/ has them.

What is done here is what an operator does (docs/operating.md, Several servers), by the same programs.
"""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from tests import BASE_DIR
from tests.servers.machine import until
from tests.servers.pgbouncer import PgBouncer
from tests.servers.postgresql import IS_ROOT, USER, Server, make_folder, run

CONFIGURATION = BASE_DIR / "deploy" / "cluster"
LIBRARY, REPLICATOR = "imagelib", "replicator"  # users; the library's database has the name of its user

# What the files say on 10.0.0.1, whose other machine is 10.0.0.2, and what stands there on one that is both.
ADDRESSES = {
    "pg_hba.conf": {"10.0.0.1/32": "127.0.0.1/32", "10.0.0.2/32": "127.0.0.1/32"},
    "pgbouncer.ini": {"host=10.0.0.1": "host=127.0.0.1", "listen_addr = 10.0.0.1": "listen_addr = 127.0.0.1"},
    "postgresql.conf": {"listen_addresses = '10.0.0.1'": "listen_addresses = '127.0.0.1'"},
}


def configured(name: str, changes: Mapping[str, str]) -> str:
    """Return one of the files of deploy/cluster/ with addresses of this machine, and what else is different.
    Raises ValueError for a piece that it does not say once.
    """
    text = (CONFIGURATION / name).read_text()
    for shipped, here in {**ADDRESSES.get(name, {}), **changes}.items():
        if text.count(shipped) != 1:
            raise ValueError(f"deploy/cluster/{name} should say {shipped!r} once.")
        text = text.replace(shipped, here)
    return text


class Member:
    """One PostgreSQL and its PgBouncer, at two ports of 127.0.0.1. All it writes is in `folder`."""

    def __init__(self, folder: Path, ports: Sequence[int], passwords: Mapping[str, str]):
        self.folder, self.data = folder, folder / "data"
        self.port, bouncer_port = ports
        self.log_path = folder / "postgresql.log"
        self._passwords = passwords
        self._sockets: Path | None = None  # while it runs; short, for their addresses have 107 bytes
        if not folder.exists():
            make_folder(folder)
        people, self._passfile = folder / "userlist.txt", folder / "pgpass"
        self._write(people, f'"{LIBRARY}" "{passwords[LIBRARY]}"\n')
        self._write(self._passfile, f"*:*:*:{REPLICATOR}:{passwords[REPLICATOR]}\n")
        self.pgbouncer = PgBouncer(
            folder,
            bouncer_port,
            configured(
                "pgbouncer.ini",
                {
                    "port=5432": f"port={self.port}",
                    "listen_port = 6432": f"listen_port = {bouncer_port}",
                    "/etc/pgbouncer/userlist.txt": str(people),
                },
            ),
        )

    @property
    def server(self) -> Server:
        url = f"postgres://{LIBRARY}:{self._passwords[LIBRARY]}@127.0.0.1:{self.port}"
        return Server(url, self.data)

    @property
    def is_new(self) -> bool:
        return not self.data.exists()

    @property
    def is_standby(self) -> bool:
        return (self.data / "standby.signal").exists()

    @property
    def timeline(self) -> int:
        """How often one was promoted in its history, and one more: of two primaries the higher is the one."""
        return max((int(path.stem, 16) for path in (self.data / "pg_wal").glob("*.history")), default=1)

    def initialise(self) -> None:
        """Make and start a new one, which has the library's empty database."""
        make_folder(self.data)
        run("initdb", f"--pgdata={self.data}", "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8")
        self._include()
        self.start()
        for user, rights in {LIBRARY: "", REPLICATOR: "REPLICATION"}.items():
            self.query(f"CREATE ROLE {user} LOGIN {rights} PASSWORD '{self._passwords[user]}'")
        self.query(f"CREATE DATABASE {LIBRARY} OWNER {LIBRARY}")

    def follow(self, primary: "Member") -> None:
        """Make this the standby of one that runs, and start it. What it had before is kept beside it."""
        if not self.is_new:
            former = self.data.with_name("former")
            shutil.rmtree(former, ignore_errors=True)
            self.data.rename(former)
        make_folder(self.data)
        source = f"postgres://{REPLICATOR}@127.0.0.1:{primary.port}?passfile={quote(str(self._passfile))}"
        run("pg_basebackup", f"--dbname={source}", f"--pgdata={self.data}", "-R", "--checkpoint=fast")
        self.start()

    def start(self) -> None:
        self._write(self.data / "pg_hba.conf", configured("pg_hba.conf", {}))
        changes = {"port = 5432": f"port = {self.port}"}
        self._write(self.data / "conf.d" / "imagelib.conf", configured("postgresql.conf", changes))
        self._sockets = Path(tempfile.mkdtemp(prefix="imagelib-"))
        if IS_ROOT:
            shutil.chown(self._sockets, USER)
        options = f"--options=-c unix_socket_directories={self._sockets}"
        run("pg_ctl", "start", "--silent", f"--pgdata={self.data}", f"--log={self.log_path}", options)

    def stop(self) -> None:
        """Stop both. Stopping what is stopped does nothing."""
        self.pgbouncer.stop()
        if (self.data / "postmaster.pid").exists():
            run("pg_ctl", "stop", "--silent", f"--pgdata={self.data}", "--mode=fast")
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def fail(self) -> None:
        """End both, as when their machine is gone."""
        self.pgbouncer.stop(signal.SIGKILL)
        self.server.fail()

    def promote(self) -> None:
        """Make a standby the primary, which waits for no other, and let the library in."""
        self.server.promote()
        self.wait_for_standby("")
        self.pgbouncer.start()

    def wait_for_standby(self, names: str) -> None:
        """Have commits wait for whoever follows (*), or for nobody."""
        self.query(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.query("SELECT pg_reload_conf()")

    def query(self, sql: str) -> str:
        """Return what its administrator is answered. Raises CalledProcessError."""
        where = (f"--host={self._sockets}", f"--port={self.port}", "--dbname=postgres", "--no-psqlrc")
        return run("psql", *where, "-qAtc", sql).strip()

    def _include(self) -> None:
        configuration = self.data / "postgresql.conf"
        (self.data / "conf.d").mkdir()
        if IS_ROOT:
            shutil.chown(self.data / "conf.d", USER)
        self._write(configuration, f"{configuration.read_text()}\ninclude_dir = 'conf.d'\n")

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.touch(mode=0o600)
        path.write_text(text)
        if IS_ROOT:
            shutil.chown(path, USER)


class Pair:
    """The two, with their data in `folder`, at four `ports`; `passwords` are of LIBRARY and REPLICATOR."""

    def __init__(self, folder: Path, ports: Sequence[int], passwords: Mapping[str, str]):
        self.members = [
            Member(folder / f"postgresql-{number}", ports[2 * number - 2 : 2 * number], passwords)
            for number in (1, 2)
        ]
        self.primary, self.standby = self.members
        self._password = passwords[LIBRARY]
        self.url = self.url_by(member.pgbouncer.port for member in self.members)

    def url_by(self, ports: Iterable[int]) -> str:
        """Return the DATABASE_URL of who finds the two PgBouncers at these ports."""
        where = ",".join(f"127.0.0.1:{port}" for port in ports)
        return f"postgres://{LIBRARY}:{self._password}@{where}/{LIBRARY}?target_session_attrs=read-write"

    def start(self) -> None:
        """Start both as they were, or new: the one promoted last is the primary, the other its standby."""
        known = [member for member in self.members if not (member.is_new or member.is_standby)]
        if known:
            self.primary = max(known, key=lambda member: member.timeline)
            self.primary.start()
        else:
            self.primary.initialise()
        (self.standby,) = (member for member in self.members if member is not self.primary)
        self.join()
        self.primary.pgbouncer.start()

    def join(self) -> None:
        """Start the standby; one that was a primary, or has missed too much, is made anew."""
        if self.standby.is_standby:
            self.standby.start()
        else:
            self.standby.follow(self.primary)
        until(lambda: self.primary.query("SELECT state FROM pg_stat_replication") == "streaming")
        self.primary.wait_for_standby("*")

    def fail_over(self) -> None:
        """Let the standby take the place of a primary that is gone."""
        self.primary, self.standby = self.standby, self.primary
        self.primary.promote()

    def stop(self) -> None:
        """Stop the primary first: the standby has all of it then."""
        for member in (self.primary, self.standby):
            member.stop()


def may_enter(folder: Path) -> bool:
    """Whether PostgreSQL's user gets into `folder`."""
    if not IS_ROOT:
        return True
    asked = ["runuser", "-u", USER, "--", "test", "-x", str(folder)]
    return subprocess.run(asked, cwd="/").returncode == 0
