"""PostgreSQL's primary stands still for 40 seconds behind PgBouncer, under load."""

import pytest

from tests.resilience.cluster_silence import outlast

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

SILENCE = 40  # seconds


def test_it_stops_nothing_that_does_not_need_it_and_is_over_at_once(cluster, record_property):
    outlast(cluster, cluster.pair.primary.server.silent(), SILENCE, record_property)
