"""A cluster for the drills, and a folder for one: of tests that make no other."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.cluster import Cluster, check
from tests.servers.machine import free_ports


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def cluster(folder) -> Iterator[Cluster]:
    check(folder)
    cluster = Cluster(folder, free_ports(1)[0])
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
