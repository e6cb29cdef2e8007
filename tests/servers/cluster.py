"""A whole library as several machines have it, on this one: two servers and a worker, nginx in front,
PostgreSQL with a standby, PgBouncer, and a bucket. `make cluster` runs it, and so do tests.

All of it listens on 127.0.0.1 alone. Its configuration is what ships, with ports and folders of its own.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests import BASE_DIR
from tests.servers.application import Application
from tests.servers.machine import find_program, free_ports
from tests.servers.nginx import Nginx, find_nginx
from tests.servers.pair import LIBRARY, REPLICATOR, Pair, configured, may_enter
from tests.servers.pgbouncer import find_pgbouncer
from tests.servers.postgresql import PROGRAMS, USER
from tests.servers.seaweedfs import COMPANION, PORTS, SeaweedFS

SERVERS = 2
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PORT = 8000


class Unready(Exception):
    """This machine, or the folder, is not ready for a cluster. The message is for people."""


@dataclass(frozen=True)
class Plan:
    """The ports and secrets that a cluster keeps for as long as it has its folder."""

    postgresql: list[int]
    servers: list[int]
    store: list[int]
    secrets: dict[str, str]

    @classmethod
    def of(cls, folder: Path) -> "Plan":
        """Return the one that is in `folder`; a new one is made where there is none."""
        path = folder / "cluster.json"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(json.dumps(asdict(cls.new()), indent=1))
        return cls(**json.loads(path.read_text()))

    @classmethod
    def new(cls) -> "Plan":
        names = (LIBRARY, REPLICATOR, "admin", "store", "signing")
        ports = free_ports(4 + SERVERS)
        store = free_ports(len(PORTS), companion=COMPANION)
        return cls(ports[:4], ports[4:], store, {name: secrets.token_hex(24) for name in names})


class Cluster:
    """All of it, with its data in `folder`. `environment` is for servers and worker, beside what they need;
    `port` is where nginx is.
    """

    def __init__(self, folder: Path, port: int | None = None, **environment: str):
        self.plan = plan = Plan.of(folder)
        for name in ("store", "nginx"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        self.store = SeaweedFS(folder / "store", "imagelib", "imagelib", plan.secrets["store"], plan.store)
        self.pair = Pair(folder, plan.postgresql, plan.secrets)
        self._environment = environment
        self.servers = [
            self.application(folder / f"server-{number}", port)
            for number, port in enumerate(plan.servers, start=1)
        ]
        self.worker = self.application(folder / "worker", plan.servers[0])
        first, *others = (f"server 127.0.0.1:{server.port} max_fails=0;" for server in self.servers)
        self.nginx = Nginx(
            folder / "nginx", plan.servers[0], {first: "\n    ".join([first, *others])}, port or None
        )

    def start(self, say: Callable[[str], None] = lambda line: None) -> None:
        """Start what is not there, in this order; return when all of it answers."""
        for name, start in {
            "SeaweedFS": self.store.start,
            "PostgreSQL, its standby and PgBouncer": self.pair.start,
            **{f"server {number}": server.start for number, server in enumerate(self.servers, start=1)},
            "worker": self.worker.work,
            "nginx": self.nginx.start,
        }.items():
            say(f"Starting {name} …")
            start()

    def stop(self) -> None:
        """Stop all of it, whoever asks for something last."""
        self.nginx.stop()
        for application in (*self.servers, self.worker):
            if application.started:
                application.stop()
        self.pair.stop()
        self.store.stop()

    @property
    def ports(self) -> list[int]:
        """Return where its parts listen; the address of the library comes first."""
        return [self.nginx.port, *self.plan.postgresql, *self.plan.servers, *self.plan.store]

    @property
    def logs(self) -> dict[str, Path]:
        """Return where each part writes down what happens to it."""
        postgresql = {member.folder.name: member.log_path for member in self.pair.members}
        pgbouncer = {
            f"pgbouncer-{number}": member.pgbouncer.log_path
            for number, member in enumerate(self.pair.members, start=1)
        }
        applications = {one.data_dir.name: one.log_path for one in (*self.servers, self.worker)}
        return {
            "nginx": self.nginx.directory / "error.log",
            **applications,
            **pgbouncer,
            **postgresql,
            "seaweedfs": self.store.directory / "weed.log",
        }

    def application(self, data_dir: Path, port: int) -> Application:
        """Return one that is told what deploy/cluster/environment says, with the values of this cluster."""
        values = {
            "HOST": "127.0.0.1",
            "IMAGELIB_DATA_DIR": str(data_dir),
            "IMAGELIB_PUBLIC_URL": "",
            "DATABASE_URL": self.pair.url,
            "IMAGELIB_S3_ENDPOINT_URL": self.store.endpoint_url,
            "AWS_SECRET_ACCESS_KEY": self.plan.secrets["store"],
            "IMAGELIB_SECRET_KEY": self.plan.secrets["signing"],
        }
        admin = {"IMAGELIB_ADMIN_PASSWORD": self.plan.secrets["admin"]}
        return Application(data_dir, port=port, **{**variables(values), **admin, **self._environment})


def variables(values: Mapping[str, str]) -> dict[str, str]:
    """Return what deploy/cluster/environment says, with these values in place of its own. Raises ValueError
    for one that it does not say.
    """
    lines = configured("environment", {}).splitlines()
    shipped = dict(line.split("=", 1) for line in lines if line[:1].isupper())
    if unknown := values.keys() - shipped.keys():
        raise ValueError(f"deploy/cluster/environment should say {', '.join(sorted(unknown))}.")
    return {**shipped, **values}


@contextmanager
def running_cluster(folder: Path, **environment: str) -> Iterator[Cluster]:
    """Run a Cluster for the length of the block. Raises Unready."""
    check(folder)
    cluster = Cluster(folder, free_ports(1)[0], **environment)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def check(folder: Path) -> None:
    """Raise Unready when a program is missing, or when PostgreSQL could not have its data in `folder`."""
    programs = {
        "nginx": find_nginx(),
        "pgbouncer": find_pgbouncer(),
        "postgresql-15": (PROGRAMS / "pg_basebackup").exists(),
    }
    if missing := [package for package, found in programs.items() if not found]:
        raise Unready(f"A package is missing: apt-get install --no-install-recommends {' '.join(missing)}")
    if not find_program("weed"):
        raise Unready("SeaweedFS is missing: make install-dev")
    if not may_enter(folder):
        raise Unready(
            f"PostgreSQL does not run as root, and its user {USER} may not enter {folder}: let "
            "IMAGELIB_DATA_DIR name a folder that everybody may enter, such as /srv/imagelib-cluster."
        )


def check_ports(cluster: Cluster) -> None:
    """Raise Unready when somebody else listens where a part is to."""
    for port in cluster.ports:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            hint = "; set PORT" if port == cluster.nginx.port else ""
            raise Unready(f"The cluster cannot listen at 127.0.0.1:{port}{hint}. {error.strerror}") from None


def main() -> None:
    folder = Path(os.environ.get("IMAGELIB_DATA_DIR") or BASE_DIR / "data" / "cluster").resolve()
    for told in STOPS:
        signal.signal(told, stop_once)
    try:
        if not folder.exists():
            folder.mkdir(mode=0o711, parents=True)  # PostgreSQL's user passes through
        check(folder)
        with (folder / "running").open("w") as running:
            try:
                fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Unready(f"The cluster in {folder} runs already.") from None
            run(Cluster(folder, int(os.environ.get("PORT") or PORT)))
    except Unready as why:
        sys.exit(str(why))


def run(cluster: Cluster) -> None:
    """Run it until somebody stops it. Raises Unready."""
    check_ports(cluster)
    try:
        try:
            cluster.start(lambda line: print(line, flush=True))
        except (RuntimeError, OSError, subprocess.CalledProcessError, AssertionError) as error:
            raise Unready(f"The cluster did not start. {error}") from error
        print(f"\nThe library answers at {cluster.nginx.url}")
        print(f"admin signs in with the password {cluster.plan.secrets['admin']}\n")
        for name, path in cluster.logs.items():
            print(f"{name:<13}{path}")
        print("\nCtrl-C stops it; what it has stays.", flush=True)
        while True:
            signal.pause()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        cluster.stop()


def stop_once(*told: object) -> None:
    """Begin to stop; who asks again waits for the same."""
    for each in STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
