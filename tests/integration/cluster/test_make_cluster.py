"""`make cluster`: a library of several servers on this machine, from one command to Ctrl-C, and again."""

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import BASE_DIR
from tests.factories import make_image
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers import cluster as clusters
from tests.servers.application import Application
from tests.servers.cluster import Cluster, Unready, check, check_ports
from tests.servers.machine import find_program, free_ports, until

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

START_SECONDS = 120  # a deadline, not a wait: it is there within fifteen
RENDITIONS = "from images.models import Rendition; print(Rendition.objects.count())"


@contextmanager
def made(folder: Path, port: int) -> Iterator[str]:
    """Type `make cluster`, and Ctrl-C at the end of the block. Yield what it said until it was there."""
    environment = os.environ | {"IMAGELIB_DATA_DIR": str(folder), "PORT": str(port)}
    process = subprocess.Popen(
        [find_program("make"), "--silent", "cluster"],
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    said: list[str] = []
    reading = threading.Thread(target=lambda: said.extend(process.stdout))
    reading.start()
    try:
        until(lambda: "Ctrl-C stops it" in "".join(said) or process.poll() is not None, START_SECONDS)
        assert process.poll() is None, "".join(said)
        yield "".join(said)
    finally:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        process.wait(START_SECONDS)
        reading.join()
        process.stdout.close()
    assert "Traceback" not in "".join(said)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def curl(url: str) -> bytes:
    return subprocess.run(
        [find_program("curl"), "--fail", "--silent", url], check=True, capture_output=True
    ).stdout


def test_it_takes_a_photograph_shows_it_draws_it_and_goes_on_with_it_the_next_day(folder):
    (port,) = free_ports(1)
    photograph = make_image(size=(700, 500))
    with made(folder, port) as said:
        assert f"http://127.0.0.1:{port}" in said
        logs = [Path(line.split()[-1]) for line in said.splitlines() if str(folder) in line]
        assert len(logs) == 9
        assert all(log.exists() for log in logs)
        cluster = Cluster(folder, port)  # of the same ports and secrets: to talk to what runs
        (admin, *_) = cluster.servers
        token = {"Authorization": f"Token {admin.manage('createtoken', 'admin').stdout.split()[-1]}"}
        body = multipart("kite.jpg", photograph)
        status, _, answer = cluster.nginx.request("POST", "/api/v1/images", body, token | MULTIPART)
        assert status == 201, answer
        address = json.loads(answer)["file_url"]
        assert curl(address) == photograph
        until(lambda: admin.manage("shell", "-v0", "-c", RENDITIONS).stdout.strip() == "4")
    assert all(map(refuses, cluster.ports))
    assert running_below(folder) == []

    with made(folder, port):
        assert curl(address) == photograph
        assert curl(f"http://127.0.0.1:{port}/readyz") == b"ready"
        again = subprocess.run(
            [find_program("make"), "--silent", "cluster"],
            cwd=BASE_DIR,
            env=os.environ | {"IMAGELIB_DATA_DIR": str(folder)},
            capture_output=True,
            text=True,
        )
        assert f"The cluster in {folder} runs already." in again.stderr
    assert running_below(folder) == []


def running_below(folder: Path) -> list[str]:
    """Return the commands that still run with something of this folder in them, or as one of its servers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in said:
            found.append(said.decode(errors="replace"))
    return found


def test_nothing_of_it_listens_beyond_this_machine(folder):
    cluster = Cluster(folder, free_ports(1)[0], WEB_CONCURRENCY="1")
    try:
        cluster.start()
        listening = subprocess.run(
            [find_program("ss"), "-tlnH"], check=True, capture_output=True, text=True
        ).stdout
        ours = set(cluster.ports) | {port + 10_000 for port in cluster.plan.store}
        places = {line.split()[3] for line in listening.splitlines()}
        found = {place for place in places if int(place.rpartition(":")[2]) in ours}
        assert len(found) > 10
        assert {place.rpartition(":")[0] for place in found} == {"127.0.0.1"}
    finally:
        cluster.stop()


def test_a_missing_package_is_a_sentence_with_the_line_to_type(folder, monkeypatch):
    monkeypatch.setattr(clusters, "find_pgbouncer", lambda: None)
    monkeypatch.setattr(clusters, "find_nginx", lambda: None)
    with pytest.raises(Unready, match=r"apt-get install --no-install-recommends nginx pgbouncer$"):
        check(folder)


@pytest.mark.skipif(os.getuid() != 0, reason="any other user runs PostgreSQL as themselves")
def test_a_folder_that_postgresql_may_not_enter_is_a_sentence_that_names_another(folder):
    folder.chmod(0o700)
    with pytest.raises(Unready, match=f"may not enter {folder}: let IMAGELIB_DATA_DIR name"):
        check(folder)


def test_a_port_that_is_taken_is_a_sentence(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cluster = Cluster(folder, taken.getsockname()[1])
        with pytest.raises(Unready, match=f"cannot listen at 127.0.0.1:{cluster.nginx.port}; set PORT"):
            check_ports(cluster)


def test_servers_are_told_what_the_file_for_operators_says(folder):
    told: Application = Cluster(folder).servers[1]
    assert told.environment["IMAGELIB_TRUSTED_PROXIES"] == "1"
    assert told.environment["DATABASE_URL"].endswith("/imagelib?target_session_attrs=read-write")
    assert told.environment["IMAGELIB_S3_BUCKET_NAME"] == "imagelib"
