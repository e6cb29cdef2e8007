"""The wires between a cluster and its PostgreSQLs lose all packets, under load."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.resilience.cluster_load import CLEAN, loaded, pause
from tests.resilience.cluster_silence import WELL_AGAIN, outlast
from tests.servers.cluster import Cluster, running_cluster
from tests.servers.machine import find_program
from tests.servers.wire import Wire, wire

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

LOSS = 20  # seconds
UNTIL_PROMOTED = 10  # seconds
CONNECT_TIMEOUT = 3  # seconds that a request waits for a host that vanished, before it asks the other
WELL = {"200", "201", "206"}


@pytest.fixture(scope="module")
def wired(folder) -> Iterator[tuple[Cluster, list[Wire]]]:
    """A cluster, and the wires to the PgBouncer of each PostgreSQL."""
    planned = Cluster(folder)
    with ExitStack() as stack:
        wires = [stack.enter_context(wire(member.pgbouncer.port)) for member in planned.pair.members]
        url = planned.pair.url_by(way.port for way in wires)
        cluster = stack.enter_context(running_cluster(folder, DATABASE_URL=url))
        yield cluster, wires


def test_the_database_misses_a_machine_of_the_library_within_a_minute(wired):
    """By the kernel's timers: what it held, locks too, would be held for two hours."""
    cluster, _ = wired
    command = [find_program("ss"), "--tcp", "--numeric", "--options", "--no-header", "state", "established"]
    for port in (cluster.pair.primary.pgbouncer.port, cluster.pair.primary.port):
        found = subprocess.run([*command, f"sport = :{port}"], check=True, capture_output=True, text=True)
        timers = [
            re.search(r"timer:\(keepalive,(\d+(?:\.\d+)?)(ms|sec)", line)
            for line in found.stdout.splitlines()
        ]
        assert timers
        assert all(timer and (timer[2] == "ms" or float(timer[1]) <= 30) for timer in timers), found.stdout


def test_for_a_while_they_stop_nothing_that_does_not_need_it_and_it_is_over_at_once(wired, record_property):
    cluster, (to_the_primary, _) = wired
    outlast(cluster, to_the_primary.losing(), LOSS, record_property)


def test_for_good_the_standby_that_is_promoted_serves_all(wired, record_property):
    cluster, (to_the_primary, _) = wired
    with ExitStack() as vanished:
        with loaded(cluster, seed=8) as load:
            vanished.enter_context(to_the_primary.losing())
            lost = time.monotonic()
            cluster.pair.primary.fail()
            pause(UNTIL_PROMOTED)
            cluster.pair.fail_over()
            promoted = time.monotonic()
            load.goes_on()
            well = time.monotonic()
            pause(LOSS)
        record_property("the primary had vanished", load.told(lost, promoted))
        record_property(f"for {well - promoted:.1f} s after the promotion", load.told(promoted, well))
        record_property("then", load.told(well))
        assert load.wrong == load.lost() == []  # which commands find out, by the way to the standby
    assert load.outcomes() <= CLEAN, load.counts()
    assert load.counts()["public"].keys() == {"200"}
    assert load.counts()["uncached"].keys() == {"206"}
    assert load.outcomes(promoted + CONNECT_TIMEOUT + WELL_AGAIN) <= WELL
    for server in cluster.servers:
        assert "Traceback" not in server.log
