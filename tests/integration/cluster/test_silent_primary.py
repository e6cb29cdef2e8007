"""PostgreSQL's primary stands still for 40 seconds behind PgBouncer, under load: what needs it is busy, all
else goes on, and it is over at once.
"""

import time
from contextlib import ExitStack

import pytest

from tests.resilience.cluster_load import CLEAN, loaded, pause
from tests.resilience.watching import Watch, asking, asking_apart

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

SILENCE = 40  # seconds
WELL_AGAIN = 2  # seconds
WARMING = 5  # seconds, that each process is asked for each image: it knows for 60 s what it found
MANY = 40  # who ask each server for pages: more than it has threads


def test_it_stops_nothing_that_does_not_need_it_and_is_over_at_once(cluster, record_property):
    probes = Watch(["/healthz"])
    pages = Watch(["/", "/albums"])
    with loaded(cluster) as load, ExitStack() as stack:
        for server in cluster.servers:
            stack.enter_context(asking_apart(server.port, probes))
        pause(WARMING)
        begun = time.monotonic()
        with cluster.pair.primary.server.silent():
            for server in cluster.servers:
                stack.enter_context(asking(server.port, pages, MANY, 0.5))
            pause(SILENCE)
        ended = time.monotonic()
        load.goes_on()
        pause(WELL_AGAIN + 3)
    record_property(f"while PostgreSQL stood still for {SILENCE} s", load.told(begun, ended))
    record_property("pages", dict(pages.between(begun, ended)))
    took = sorted(took for sent, took, _ in probes.answers if begun <= sent < ended)  # then the crowd has all
    record_property(
        "/healthz, the slowest", f"{took[-1]:.2f} s of {len(took)}, below 1 s but for {late(took)}"
    )

    assert load.wrong == []
    assert load.lost() == []
    assert load.outcomes() <= CLEAN, load.counts()
    meanwhile = load.counts(begun, ended)
    assert meanwhile["public"].keys() == {"200"}
    assert meanwhile["uncached"].keys() == {"206"}
    assert probes.between(0).keys() == {200}
    assert took[-1] < 3  # two noisy cores have all of the cluster, and who asks
    assert late(took) <= len(took) / 1000
    assert pages.between(begun, ended).keys() <= {200, 503}
    assert pages.between(begun, ended)[503] > 1000  # at once, most of them
    assert pages.between(ended + WELL_AGAIN).keys() == {200}
    assert load.outcomes(ended + WELL_AGAIN) <= {"200", "201", "206"}


def late(took: list[float]) -> int:
    """Return how many of these waited for a second, which nobody is to."""
    return sum(seconds >= 1 for seconds in took)
