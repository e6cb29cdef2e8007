"""All processes that take uploads, and who draws them, killed at random: what was acknowledged is there."""

from collections.abc import Iterator
from http.client import HTTPException

import psycopg
import pytest

from tests.resilience.robustness import LiveLibrary
from tests.resilience.worker_deaths import kill_workers
from tests.servers.cluster import Cluster, running_cluster
from tests.servers.machine import until
from tests.servers.pair import LIBRARY

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

KILLS = 10
LEFT = "SELECT count(*) FROM django_tasks_database_dbtaskresult"
DRAIN_SECONDS = 300  # a deadline, not a wait


class Whole:
    """A cluster as one application: asked through nginx, with the workers of all its servers."""

    def __init__(self, cluster: Cluster):
        self._nginx, self._servers = cluster.nginx, cluster.servers
        self.manage = cluster.servers[0].manage

    @property
    def workers(self) -> list[int]:
        return [worker for server in self._servers for worker in server.workers]

    def request(self, *request: object) -> tuple[int, dict[str, str], bytes]:
        """Raises HTTPException, too, when no server lived long enough to answer nginx."""
        answer = self._nginx.request(*request)
        if answer[0] == 502:
            raise HTTPException
        return answer


@pytest.fixture(scope="module")
def hasty(folder) -> Iterator[Cluster]:
    """A cluster whose tasks are begun again soon."""
    with running_cluster(folder, DJANGO_SETTINGS_MODULE="tests.servers.hasty_settings") as cluster:
        yield cluster


def test_what_was_acknowledged_is_there_whoever_is_killed(hasty, record_property):
    survey = kill_workers(LiveLibrary(Whole(hasty)), KILLS, others=[hasty.worker])
    record_property(f"{KILLS} times all killed", str(survey))
    assert survey.acknowledged > KILLS
    hasty.worker.work()
    with psycopg.connect(f"{hasty.pair.primary.server.url}/{LIBRARY}", autocommit=True) as session:
        until(lambda: session.execute(LEFT).fetchone() == (0,), DRAIN_SECONDS)
