"""What an upload asks of the store: one put, at most one head, and nothing is read back."""

from collections import Counter

import pytest
from botocore.client import BaseClient
from moto.server import ThreadedMotoServer

from storage import get_storage
from tests.clients.api import IMAGES, client_of, form
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued")]

METHODS = ("put", "exists", "get", "open", "open_unverified", "list", "delete")


@pytest.fixture
def asked_of_folder(monkeypatch) -> Counter:
    asked = Counter()
    for name in METHODS:
        method = getattr(get_storage(), name)

        def counted(*args, name=name, method=method):
            asked[name] += 1
            return method(*args)

        monkeypatch.setattr(get_storage(), name, counted)
    return asked


@pytest.fixture
def asked_of_bucket(settings, monkeypatch):
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings.IMAGELIB_STORAGE = "s3"
    settings.IMAGELIB_S3 = {
        "bucket_name": "uploads",
        "endpoint_url": f"http://{host}:{port}",
        "access_key": "MOTOKEYID",
        "secret_key": "moto-secret",
        "max_connections": 4,
    }
    get_storage.cache_clear()
    get_storage().prepare()
    asked, ask = Counter(), BaseClient._make_api_call

    def counted(self, operation, parameters):
        asked[operation] += 1
        return ask(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    yield asked
    server.stop()


@pytest.mark.parametrize(
    ("store", "of_new", "of_known"),
    [
        ("asked_of_folder", {"put": 1}, {"put": 1}),
        ("asked_of_bucket", {"PutObject": 1, "HeadObject": 1}, {"PutObject": 1, "HeadObject": 1}),
    ],
)
def test_an_upload_is_one_put_and_reads_nothing_back(request, store, of_new, of_known):
    asked = request.getfixturevalue(store)
    client = client_of(make_user("ada", "Contributors"))
    assert client.post(IMAGES, form()).status_code == 201
    assert asked == of_new
    asked.clear()
    assert client.post(IMAGES, form()).status_code == 200
    assert asked == of_known
