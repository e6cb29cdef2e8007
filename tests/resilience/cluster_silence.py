"""PostgreSQL says nothing to a cluster under load: what needs it is busy, all else goes on, and it is over at
once.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from tests.resilience.cluster_load import CLEAN, loaded, pause
from tests.resilience.watching import Watch, asking, asking_apart
from tests.servers.cluster import Cluster

WELL_AGAIN = 2  # seconds
KNOWN = 5  # seconds, from which on every process knows of it
WARMING = 5  # seconds, that each process is asked for each image: it knows for 60 s what it found
MANY = 40  # who ask each server for pages: more than it has threads


def outlast(cluster: Cluster, silence: AbstractContextManager, seconds: int, record: Callable) -> None:
    """Let `silence` be for so long. Raises AssertionError when something is not answered as it is to be."""
    probes = Watch(["/healthz"])
    pages = Watch(["/", "/albums"])
    with loaded(cluster) as load, ExitStack() as stack:
        for server in cluster.servers:
            stack.enter_context(asking_apart(server.port, probes))
        pause(WARMING)
        begun = time.monotonic()
        with silence:
            for server in cluster.servers:
                stack.enter_context(asking(server.port, pages, MANY, 0.5))
            pause(seconds)
        ended = time.monotonic()
        load.goes_on()
        pause(WELL_AGAIN + 3)
    record(f"while PostgreSQL said nothing for {seconds} s", load.told(begun, ended))
    record("pages", dict(pages.between(begun, ended)))
    took = sorted(took for sent, took, _ in probes.answers if begun <= sent < ended)  # then the crowd has all
    record("/healthz, the slowest", f"{took[-1]:.2f} s of {len(took)}, below 1 s but for {late(took)}")
    waited = sorted(took for sent, took, _ in pages.answers if begun + KNOWN <= sent < ended)
    told = (
        f"{waited[len(waited) // 2]:.2f} s, the slowest {waited[-1]:.2f} s, below 1 s but for {late(waited)}"
    )
    record("pages once it was known", f"half within {told} of {len(waited)}")

    assert load.wrong == []
    assert load.lost() == []
    assert load.outcomes() <= CLEAN, load.counts()
    meanwhile = load.counts(begun, ended)
    assert meanwhile["public"].keys() == {"200"}
    assert meanwhile["uncached"].keys() == {"206"}
    assert probes.between(0).keys() == {200}
    assert took[-1] < 3  # two noisy cores have all of the cluster, and who asks
    assert late(took) <= max(3, len(took) / 1000)
    assert pages.between(begun, ended).keys() <= {200, 503}
    assert pages.between(begun, ended)[503] > 25 * seconds  # at once, most of them
    assert pages.between(begun + KNOWN, ended).keys() == {503}
    assert waited[len(waited) // 2] < 1
    assert pages.between(ended + WELL_AGAIN).keys() == {200}
    assert load.outcomes(ended + WELL_AGAIN) <= {"200", "201", "206"}


def late(took: list[float]) -> int:
    """Return how many of these waited for a second, which nobody is to."""
    return sum(seconds >= 1 for seconds in took)
