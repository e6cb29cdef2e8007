"""From the code of an earlier commit to today's, one server after the other, and back, under load."""

import pytest

from tests import BASE_DIR
from tests.resilience.cluster_load import loaded
from tests.servers.application import Application
from tests.servers.cluster import Cluster, check
from tests.servers.machine import free_ports, until

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

UNDRAWN = "from django_tasks_db.models import DBTaskResult; print(DBTaskResult.objects.count())"


def run(server: Application, code) -> None:
    """Stop a server, and start it with this code."""
    server.stop()
    server.code = code
    server.start()


def test_servers_of_two_versions_serve_one_library(folder, earlier_code, record_property):
    check(folder)
    cluster = Cluster(folder, free_ports(1)[0], COVERAGE_PROCESS_START="")
    first, second = cluster.servers
    for server in cluster.servers:
        server.code = earlier_code
    try:
        cluster.start()
        cluster.worker.stop()  # the earlier code has none
        with loaded(cluster, seed=6) as load:
            of_before = dict(load.sent)
            run(second, BASE_DIR)  # it migrates, while the first serves
            cluster.worker.work()
            load.goes_on()
            run(first, BASE_DIR)
            load.goes_on()
            run(first, earlier_code)  # and back
            load.goes_on()
        record_property("an upgrade of two servers, and one back", load.told())
        assert of_before
        assert load.wrong == load.lost() == []
        assert load.outcomes() <= {"200", "201", "206"}, load.counts()  # nobody noticed
        until(lambda: second.manage("shell", "-v0", "-c", UNDRAWN).stdout.strip() == "0", 60)
        for part in (first, second):
            assert "Traceback" not in part.log
    finally:
        cluster.stop()
