"""The loss of each part of a cluster under load: nothing is lost or wrong, and what is refused says so."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.resilience.cluster_load import CLEAN, Load, loaded, pause
from tests.servers.cluster import Cluster

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

WELL_AGAIN = 2  # seconds
OUTAGE = 20  # seconds without a store
WELL = {"200", "201", "206"}


@contextmanager
def drilled(cluster: Cluster, seed: int, record: Callable) -> Iterator[Load]:
    """Have the cluster under load for the length of the block; look at everything afterwards."""
    begun = time.monotonic()
    with loaded(cluster, seed) as load:
        yield load
    record("answers", load.told(begun))
    assert load.wrong == []
    assert load.lost() == []
    assert load.outcomes() <= CLEAN, load.counts()
    for server in cluster.servers:
        assert "Traceback" not in server.log


def test_of_a_server(cluster, record_property):
    with drilled(cluster, 1, record_property) as load:
        for server in cluster.servers:
            server.kill()
            load.goes_on()
            server.start()
            load.goes_on()
        assert load.outcomes() <= WELL


def test_of_the_worker(cluster, record_property):
    with drilled(cluster, 2, record_property) as load:
        for _ in range(3):
            cluster.worker.kill()
            load.goes_on()
            cluster.worker.work()
            load.goes_on()
        assert load.outcomes() <= WELL


def test_of_the_store(cluster, record_property):
    with drilled(cluster, 3, record_property) as load:
        cluster.store.stop()
        begun = time.monotonic()
        pause(OUTAGE)
        assert load.counts(begun)["pages"].keys() == {"200"}
        assert load.counts(begun)["public"].keys() == {"200"}  # they are in the servers' own caches
        assert load.counts(begun)["uncached"].keys() == {"206"}
        assert load.counts(begun)["uploads"].keys() <= {"200", "201", "500 storage_error"}
        cluster.store.start()
        ended = time.monotonic()
        load.goes_on()
        pause(WELL_AGAIN + 2)
        assert load.outcomes(ended + WELL_AGAIN) <= WELL


def test_of_the_primary(cluster, record_property):
    with drilled(cluster, 4, record_property) as load:
        cluster.pair.primary.fail()
        pause(3)
        cluster.pair.fail_over()
        ended = time.monotonic()
        load.goes_on()
        pause(WELL_AGAIN + 2)
        assert load.outcomes(ended + WELL_AGAIN) <= WELL
        assert load.counts()["public"].keys() == {"200"}
        assert load.counts()["uncached"].keys() == {"206"}
        assert load.outcomes() <= {*WELL, "503 page", "503 busy"}
        cluster.pair.join()  # the former primary is the standby now
        load.goes_on()
