"""The same bytes over both servers at once, and prunings against uploads: one object, and nothing is lost."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import make_image, sha256
from tests.resilience.cluster_load import CLEAN, loaded, token_of
from tests.resilience.robustness import MULTIPART, multipart

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

UPLOADS = 50
ROUNDS = 6


@pytest.fixture(scope="module")
def token(cluster) -> dict[str, str]:
    return token_of(cluster)


def upload(server, token: dict[str, str], data: bytes) -> tuple[int, dict]:
    """Return what is answered at last: who is told `busy` asks again, as programs do."""
    deadline = time.monotonic() + 60
    while True:
        form = token | MULTIPART
        status, _, answer = server.request("POST", "/api/v1/images", multipart("one.png", data), form)
        fields = json.loads(answer)
        if fields.get("code") != "busy" or time.monotonic() > deadline:
            return status, fields


def objects(cluster, digest: str) -> int:
    listed = cluster.store.client.list_objects_v2(Bucket=cluster.store.bucket, Prefix=digest)
    return listed["KeyCount"]


def test_50_uploads_of_one_file_over_both_servers_are_one_object(cluster, token):
    data = make_image("PNG", (600, 400), seed=7)
    servers = cluster.servers * (UPLOADS // 2)
    with ThreadPoolExecutor(UPLOADS) as pool:
        answers = list(pool.map(lambda server: upload(server, token, data), servers))
    assert Counter(status for status, _ in answers) == {201: 1, 200: UPLOADS - 1}
    (image,) = {fields["id"] for _, fields in answers}
    assert objects(cluster, sha256(data)) == 1
    for server in cluster.servers:
        assert server.request("GET", f"/api/v1/images/{image}/file")[::2] == (200, data)
        assert "Traceback" not in server.log


def test_prunings_on_both_servers_take_nothing_that_is_uploaded_meanwhile(cluster, token, record_property):
    one, other = cluster.servers
    data = make_image("PNG", (600, 400), seed=8)

    def clean(server) -> None:
        for command in (["emptytrash", "--older-than=0h"], ["prunestorage", "--grace=0s", "--delete"]):
            done = server.manage(*command)
            assert done.returncode in (0, 1), done.stderr

    with loaded(cluster, seed=5) as load, ThreadPoolExecutor(4) as pool:
        for _ in range(ROUNDS):
            _, image = upload(one, token, data)
            assert one.request("DELETE", f"/api/v1/images/{image['id']}", headers=token)[0] == 204
            cleaning = [pool.submit(clean, server) for server in (one, other)]
            while not all(done.done() for done in cleaning):
                upload(other, token, data)
            for done in cleaning:
                done.result()
            status, image = upload(one, token, data)
            assert status in (200, 201), image
            assert other.request("GET", f"/api/v1/images/{image['id']}/file", headers=token)[::2] == (
                200,
                data,
            )
    record_property(f"{2 * ROUNDS} prunings", load.told())
    assert load.wrong == load.lost() == []
    assert load.outcomes() <= CLEAN, load.counts()
