"""A cluster for the drills, and a folder for one: of tests that make no other."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.cluster import Cluster, check, running_cluster
from tests.servers.faulty_proxy import FaultyProxy, faulty


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def cluster(folder) -> Iterator[Cluster]:
    with running_cluster(folder) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def wire(folder) -> Iterator[FaultyProxy]:
    """The way of all servers of a cluster to its store."""
    check(folder)
    with faulty(Cluster(folder).store.endpoint_url) as wire:
        yield wire


@pytest.fixture(scope="module")
def wired(folder, wire) -> Iterator[Cluster]:
    """A cluster by the `wire`."""
    with running_cluster(folder, IMAGELIB_S3_ENDPOINT_URL=wire.endpoint_url) as cluster:
        yield cluster
