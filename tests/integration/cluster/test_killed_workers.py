"""1,000 uploads to a cluster while workers are killed at random: each image is drawn, and nothing twice."""

import pytest

from tests.resilience.killed_workers import SPECS, kill_workers
from tests.resilience.robustness import LiveLibrary
from tests.servers.cluster import Cluster, check
from tests.servers.machine import free_ports

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

UPLOADS, KILLS = 1000, 100


def test_every_image_is_drawn_once_whoever_is_killed(folder, record_property):
    check(folder)
    cluster = Cluster(folder, free_ports(1)[0], DJANGO_SETTINGS_MODULE="tests.servers.hasty_settings")
    try:
        cluster.start()
        cluster.worker.stop()  # the drill has workers of its own
        library = LiveLibrary(cluster.servers[0])
        survey = kill_workers(library, UPLOADS, KILLS, store=cluster.store)
    finally:
        cluster.stop()
    record_property("workers killed at random", str(survey))
    assert survey.images == UPLOADS
    assert survey.renditions == UPLOADS * len(SPECS)
    assert survey.left == 0
    assert survey.begun_again > 0
