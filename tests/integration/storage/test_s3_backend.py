"""S3StorageBackend: the contract on moto and on a real SeaweedFS, and what only a network can show."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer
from storages.backends.s3 import S3Storage

from storage.errors import CorruptObject, StorageUnavailable
from storage.s3_backend import S3StorageBackend
from tests.contracts.storage_backend import ABSENT, StorageContract, key_of, put
from tests.servers.machine import free_ports
from tests.servers.proxy import proxy

pytestmark = pytest.mark.any_database


def sdk_client(options: dict):
    """Return the SDK itself, to look and meddle behind a backend's back."""
    return boto3.client(
        "s3",
        endpoint_url=options["endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id=options["access_key"],
        aws_secret_access_key=options["secret_key"],
    )


def empty(client, bucket: str) -> None:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        if page["KeyCount"]:
            keys = [{"Key": entry["Key"]} for entry in page["Contents"]]
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys})


@pytest.fixture(scope="module")
def moto_options():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "bucket_name": "moto-bucket",
        "endpoint_url": f"http://{host}:{port}",
        "access_key": "MOTOKEYID",
        "secret_key": "moto-secret",
        "max_connections": 16,
    }
    server.stop()


@pytest.fixture(scope="module")
def seaweedfs_options(seaweedfs):
    """A bucket that no other module writes to."""
    options = seaweedfs.options | {"bucket_name": "contract"}
    S3StorageBackend(**options).prepare()
    return options


class S3Contract(StorageContract):
    """A subclass supplies `options`, scope class: what to build a backend from."""

    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, options):
        return sdk_client(options)

    @pytest.fixture(scope="class")
    @classmethod
    def connected(cls, options):
        """One backend for the whole class: every new client costs a quarter of a second."""
        backend = S3StorageBackend(**options)
        backend.prepare()
        return backend

    @pytest.fixture
    def backend(self, connected, client, options):
        yield connected
        empty(client, options["bucket_name"])

    def test_the_store_knows_the_content_type(self, backend, client, options):
        key = put(backend, b"a picture")
        assert client.head_object(Bucket=options["bucket_name"], Key=key)["ContentType"] == "image/png"

    def test_putting_again_repairs_a_damaged_object(self, backend, client, options):
        key = put(backend, b"healthy")
        client.put_object(Bucket=options["bucket_name"], Key=key, Body=b"damaged")
        put(backend, b"healthy")
        assert backend.get(key) == b"healthy"

    def test_foreign_objects_are_not_listed(self, backend, client, options):
        key = put(backend, b"ours")
        for foreign in ["README", f"backup/{key}", key.upper()]:
            client.put_object(Bucket=options["bucket_name"], Key=foreign, Body=b"theirs")
        assert [stored.key for stored in backend.list()] == [key]

    def test_a_bucket_that_is_missing_is_made_once(self, options):
        backend = S3StorageBackend(**options | {"bucket_name": f"made-{uuid.uuid4().hex}"})
        with pytest.raises(StorageUnavailable):
            backend.check()
        backend.prepare()
        backend.prepare()
        backend.check()


class TestS3OnMoto(S3Contract):
    # moto answers 500: it closes the object that one thread replaces while another still reads it.
    test_20_threads_may_store_the_same_object_at_once = None

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, moto_options):
        return moto_options

    @pytest.fixture(params=["missing bucket", "no server"])
    def unavailable(self, request, options):
        changes = {
            "missing bucket": {"bucket_name": "another-bucket"},
            "no server": {"endpoint_url": f"http://127.0.0.1:{free_ports(1)[0]}"},
        }
        return S3StorageBackend(**options | changes[request.param])

    def test_it_lists_more_than_one_page(self, backend, options):
        keys = sorted(key_of(str(number).encode()) for number in range(1001))
        for key in keys:
            s3_backends["123456789012"]["aws"].put_object(options["bucket_name"], key, b"")
        assert [stored.key for stored in backend.list()] == keys


class TestS3OnSeaweedFS(S3Contract):
    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, seaweedfs_options):
        return seaweedfs_options

    @pytest.fixture(params=["missing bucket", "wrong secret", "unknown key", "stopped server"])
    def unavailable(self, request, backend, options, seaweedfs):
        changes = {
            "missing bucket": {"bucket_name": "another-bucket"},
            "wrong secret": {"secret_key": "another-secret"},
            "unknown key": {"access_key": "ANOTHERKEYID"},
        }
        if request.param in changes:
            yield S3StorageBackend(**options | changes[request.param])
            return
        connected = S3StorageBackend(**options)
        key = put(connected, b"written before the stop")
        seaweedfs.stop()
        yield connected
        seaweedfs.start()
        assert backend.get(key) == b"written before the stop"


@pytest.fixture
def options(seaweedfs_options):
    """What to build a backend from; its bucket is emptied afterwards."""
    yield seaweedfs_options
    empty(sdk_client(seaweedfs_options), seaweedfs_options["bucket_name"])


def test_an_upload_altered_on_the_wire_is_refused_and_not_stored(options):
    content = b"a picture, sent over a bad wire"
    with proxy(options["endpoint_url"], request=lambda piece: piece.replace(b"bad", b"bat")) as wire:
        backend_behind = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url})
        with pytest.raises(CorruptObject):
            put(backend_behind, content)

    backend = S3StorageBackend(**options)
    assert not backend.exists(key_of(content))
    assert list(backend.list()) == []


def test_an_altered_upload_leaves_the_stored_object_as_it_was(options):
    backend = S3StorageBackend(**options)
    content = b"a picture, sent over a bad wire"
    key = put(backend, content)
    with proxy(options["endpoint_url"], request=lambda piece: piece.replace(b"bad", b"bat")) as wire:
        backend_behind = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url})
        with pytest.raises(CorruptObject):
            put(backend_behind, content)
    assert backend.get(key) == content


def test_a_store_that_keeps_another_size_is_found_out(options):
    content = b"x" * 1234

    def shorten(piece: bytes) -> bytes:
        return piece.replace(b"Content-Length: 1234", b"Content-Length: 1233")

    with proxy(options["endpoint_url"], response=shorten) as wire:
        backend_behind = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url})
        with pytest.raises(CorruptObject):
            put(backend_behind, content)


class Cutter:
    """Lets `size` bytes of responses pass, then does `then`."""

    def __init__(self, size: int, then):
        self.left, self.then = size, then

    def __call__(self, piece: bytes) -> bytes | None:
        if self.left <= 0:
            return self.then()
        piece = piece[: self.left]
        self.left -= len(piece)
        return piece


def test_a_download_that_breaks_off_is_an_error(options):
    key = put(S3StorageBackend(**options), b"z" * 500_000)
    with proxy(options["endpoint_url"], response=Cutter(200_000, lambda: None)) as wire:
        backend = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url})
        with pytest.raises(StorageUnavailable):
            backend.get(key)


def test_a_download_that_stalls_gives_what_came_and_then_an_error(options):
    key = put(S3StorageBackend(**options), b"z" * 500_000)
    released = threading.Event()
    with proxy(options["endpoint_url"], response=Cutter(200_000, lambda: released.wait(30) and None)) as wire:
        backend = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url, "read_timeout": 0.2})
        received = 0
        with backend.open(key) as reader:
            while received < 199_000:  # the rest of the 200,000 are headers
                received += len(reader.read(500_000))
            with pytest.raises(StorageUnavailable):
                reader.readall()
        released.set()


def test_a_server_that_speaks_no_http_is_an_error(options):
    with proxy(options["endpoint_url"], response=lambda piece: b"SSH-2.0-OpenSSH_9.2\r\n") as wire:
        backend = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url})
        for verb in (backend.get, backend.exists, backend.delete):
            with pytest.raises(StorageUnavailable):
                verb(ABSENT)


def test_a_connection_is_used_again_after_a_whole_read_and_dropped_after_half(options):
    with proxy(options["endpoint_url"]) as wire:
        backend = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url})
        small, empty, large = put(backend, b"small"), put(backend, b""), put(backend, b"l" * 5_000_000)
        for _ in range(3):
            backend.get(small)
            backend.get(empty)
            backend.get(large)
        assert wire.connections == 2  # one of them for writes

        with backend.open(large) as reader:
            reader.read(10)
        assert wire.ended.acquire(timeout=5)
        backend.get(small)
        assert wire.connections == 3


def test_the_pool_keeps_as_many_connections_as_it_was_told(options):
    with proxy(options["endpoint_url"]) as wire:
        backend = S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url, "max_connections": 12})
        key = put(backend, b"l" * 100_000)
        for _ in range(2):
            readers = [backend.open(key) for _ in range(12)]
            assert [len(reader.readall()) for reader in readers] == [100_000] * 12
        assert wire.connections == 12 + 1  # for writes


def test_a_store_that_answers_404_to_deleting_the_absent_is_understood(options):
    body = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>No such key</Message></Error>"
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with proxy(options["endpoint_url"], response=lambda piece: answer) as wire:
        S3StorageBackend(**options | {"endpoint_url": wire.endpoint_url}).delete(ABSENT)


def test_20_threads_share_a_client_for_reads_and_one_for_writes_made_when_first_needed(options, monkeypatch):
    made = []
    make_session = S3Storage._create_session
    monkeypatch.setattr(S3Storage, "_create_session", lambda self: made.append(1) or make_session(self))
    backend = S3StorageBackend(**options)
    assert made == []

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: put(backend, b"%d" % number), range(40)))
    assert made == [1, 1]


@pytest.mark.parametrize("change", [{"secret_key": "another-secret"}, {"access_key": "ANOTHERKEYID"}])
def test_the_log_says_why_and_names_no_credential(options, caplog, change):
    refused = options | change
    backend = S3StorageBackend(**refused)
    for verb in (backend.get, backend.exists, backend.delete):
        with pytest.raises(StorageUnavailable) as raised:
            verb(ABSENT)
        values = map(str, (*options.values(), *refused.values()))
        for secret in (*values, "boto", "S3", "Signature"):
            assert secret not in str(raised.value)

    assert "SignatureDoesNotMatch" in caplog.text or "InvalidAccessKeyId" in caplog.text
    for secret in (
        options["access_key"],
        options["secret_key"],
        refused["access_key"],
        refused["secret_key"],
    ):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "the key EXAMPLEKEYID does not exist",
        "signed with very/secret+key=",
        "https://host/bucket/key?X-Amz-Credential=SOMEONE%2F2026&X-Amz-Signature=0123abcd&X-Amz-Date=1",
        "https://host/bucket/key?AWSAccessKeyId=SOMEONE&Signature=0123abcd",
        "Authorization: AWS4-HMAC-SHA256 Credential=SOMEONE/2026/s3, SignedHeaders=host, Signature=0123abcd",
        "X-Amz-Security-Token=0123abcd",
        "The AWS Access Key Id AKIAIOSFODNN7EXAMPLE does not exist",
    ],
)
def test_whatever_the_sdk_says_is_logged_without_credentials(caplog, text):
    backend = S3StorageBackend(
        bucket_name="library",
        endpoint_url="http://127.0.0.1:9",
        access_key="EXAMPLEKEYID",
        secret_key="very/secret+key=",
        max_connections=1,
    )
    with pytest.raises(StorageUnavailable), backend._reads.translated("get something"):
        raise OSError(text)

    assert "get something" in caplog.text
    for secret in ("EXAMPLEKEYID", "very/secret", "SOMEONE", "0123abcd", "AKIA"):
        assert secret not in caplog.text


@pytest.mark.parametrize("endpoint_url", ["no-url", "http://", "http://no such host"])
def test_a_mistyped_endpoint_is_an_unavailable_store(endpoint_url):
    backend = S3StorageBackend(
        bucket_name="library",
        endpoint_url=endpoint_url,
        access_key="key",
        secret_key="secret",
        max_connections=1,
    )
    with pytest.raises(StorageUnavailable):
        backend.check()
