"""The wire to the store of a cluster fails in every way, under load: nothing is lost or wrong, what needs the
store is a clean error, and each time all is well again at once.
"""

import time
from collections.abc import Iterator

import pytest

from tests.resilience import faults
from tests.resilience.cluster_load import CLEAN, loaded, pause
from tests.servers.application import Application, running
from tests.servers.faulty_proxy import no_fault
from tests.servers.machine import free_ports

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

SECONDS = 2  # of each fault
WELL_AGAIN = 2  # seconds
# By these an answer never ends: who waits for it, or for the same image, is told within so many seconds.
SILENT = ("stalled", "stalled in the body", "dripping", "no length", "length too long")
TOLD = 16
WELL = {"200", "201", "206"}
NO_STORE_NEEDED = {"public": "200", "uncached": "206", "pages": "200"}


@pytest.fixture(scope="module")
def cold(wired, folder) -> Iterator[Application]:
    """A server more, which asks the store for all it sends."""
    server = wired.application(folder / "server-3", free_ports(1)[0])
    server.environment["IMAGELIB_CACHE_MAX_BYTES"] = "0"
    with running(server):
        yield server


def test_every_fault_is_a_clean_error_and_over_at_once(wired, cold, wire, record_property):
    with loaded(wired, seed=9, cold=cold) as load:
        every = faults.OF_ANSWERS | faults.of_bodies(min(map(len, load.warm.values())))
        for name in sorted(every, key=lambda name: name in SILENT):  # these last
            begun = time.monotonic()
            wire.fault = every[name]
            pause(SECONDS)
            wire.fault = no_fault
            ended = time.monotonic()
            pause(WELL_AGAIN)
            if name not in SILENT:
                load.goes_on(5)
                assert load.outcomes(ended + WELL_AGAIN) <= WELL, name
            record_property(name, load.told(begun))
            for kind, well in NO_STORE_NEEDED.items():
                assert load.counts(begun)[kind].keys() == {well}, name
        pause(TOLD)
        load.goes_on(5)
        assert load.outcomes(ended + TOLD) <= WELL
    assert load.wrong == load.lost() == []
    assert load.outcomes() <= CLEAN, load.counts()
    for server in (*wired.servers, cold):
        assert "Traceback" not in server.log
