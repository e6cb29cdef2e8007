"""A server more, and one less, behind the nginx of a cluster, under load: nobody notices."""

import pytest

from tests.resilience.cluster_load import loaded
from tests.servers.machine import free_ports, until

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]


def test_a_server_is_added_and_another_removed(cluster, folder, record_property):
    first, second = cluster.servers
    third = cluster.application(folder / "server-3", free_ports(1)[0])
    one, other, new = (f"server 127.0.0.1:{server.port} max_fails=0;" for server in (first, second, third))
    with loaded(cluster, seed=7) as load:
        third.start()
        try:
            cluster.nginx.change({one: f"{one} {new}"})
            until(lambda: "/api/v1/images/" in third.log)
            load.goes_on()
            cluster.nginx.change({other: ""})
            load.goes_on()  # what nginx had sent it before has ended
            assert second.stop() == 0
            load.goes_on()
        finally:
            cluster.nginx.change({new: ""})
            cluster.nginx.change({one: f"{one} {other}"})
            second.start()
            load.goes_on()
            third.stop()
    record_property("a server more, one less", load.told())
    assert load.wrong == load.lost() == []
    assert load.outcomes() <= {"200", "201", "206"}, load.counts()
