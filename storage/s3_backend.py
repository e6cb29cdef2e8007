"""Objects in a private bucket of an S3-compatible store."""

import base64
import hashlib
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import IO, Any

from botocore.exceptions import ClientError
from urllib3 import HTTPResponse

from storage.backend import ObjectReader, StorageBackend, StoredObject, chunks_of
from storage.clock import told
from storage.deadline import Deadline
from storage.errors import CorruptObject, ObjectNotFound, StorageError, StorageUnavailable
from storage.keys import is_key, key_digest
from storage.s3_client import UNACKNOWLEDGED, S3Client

logger = logging.getLogger("storage")

CLOCK_SECONDS = 2.0  # by which a store's times are off: they are whole seconds

# Stores say by these codes that a body has another digest than its Content-MD5.
_CHECKSUM_REFUSALS = {"BadDigest", "InvalidDigest"}


class S3StorageBackend(StorageBackend):
    """Speaks through the client of django-storages' S3Storage: S3Storage's own files cost two more requests
    and hold the whole object in memory.

    Without `access_key` and `secret_key`, boto3 looks for credentials where it always does.
    """

    def __init__(
        self,
        *,
        bucket_name: str,
        max_connections: int,
        endpoint_url: str | None = None,
        region_name: str = "us-east-1",
        access_key: str | None = None,
        secret_key: str | None = None,
        read_timeout: float = 5,
    ):
        self._bucket = bucket_name
        client = partial(
            S3Client,
            bucket_name=bucket_name,
            endpoint_url=endpoint_url,
            region_name=region_name,
            access_key=access_key,
            secret_key=secret_key,
            max_connections=max_connections,
        )
        # A store that is slow to write is silent until it has written, which says nothing of its reads.
        self._reads = client(kind="reads", silence=read_timeout)
        self._writes = client(kind="writes", silence=None)

    def put(self, key: str, file: IO[bytes], content_type: str) -> None:
        digest, size = key_digest(key), 0
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        file.seek(0)
        for chunk in chunks_of(file):
            sha256.update(chunk)
            md5.update(chunk)
            size += len(chunk)
        if sha256.hexdigest() != digest:
            raise CorruptObject(f"The content put under {key} has another digest.")

        file.seek(0)
        started = time.monotonic()
        with self._writes.asked(f"put {key}", Deadline(size)) as client:
            try:
                client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=file,
                    ContentLength=size,
                    ContentMD5=base64.b64encode(md5.digest()).decode(),
                    ContentType=content_type,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in _CHECKSUM_REFUSALS:
                    raise
                raise CorruptObject(f"The content put under {key} was altered on the way.") from None
            except UNACKNOWLEDGED:
                if not self._has_arrived(key, size, started):
                    raise
                logger.warning("put %s: stored, and not acknowledged in time", key)
                return
        if self._size(key) != size:
            raise CorruptObject(f"The object {key} was not stored whole.")

    def open_unverified(self, key: str) -> ObjectReader:
        key_digest(key)
        deadline = Deadline()
        with self._reads.asked(f"open {key}", deadline) as client:
            try:
                response = client.get_object(Bucket=self._bucket, Key=key)
            except client.exceptions.NoSuchKey:
                raise ObjectNotFound(f"There is no object {key}.") from None
        body: HTTPResponse = response["Body"]._raw_stream  # botocore's wrapper has no read1
        if "ContentLength" not in response:
            body.close()
            raise StorageUnavailable("The store sends an object without its length.")

        def read(size: int) -> bytes:
            with self._reads.translated(f"read {key}"):
                piece = body.read1(size)
            deadline.extend(len(piece))
            return piece

        return ObjectReader(read, body.close, response["ContentLength"])

    open = open_unverified

    def exists(self, key: str) -> bool:
        key_digest(key)
        try:
            self._size(key)
        except ObjectNotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        key_digest(key)
        with self._writes.asked(f"delete {key}") as client, suppress(client.exceptions.NoSuchKey):
            client.delete_object(Bucket=self._bucket, Key=key)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        position: dict[str, str] = {}
        while True:
            with self._reads.asked(f"list {prefix}") as client:
                page = client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **position)
            for entry in page.get("Contents", ()):
                if is_key(entry["Key"]):
                    yield StoredObject(entry["Key"], entry["Size"], entry["LastModified"].astimezone(UTC))
            if not page["IsTruncated"]:
                return
            position = {"ContinuationToken": page["NextContinuationToken"]}

    def prepare(self) -> None:
        with self._reads.asked("prepare") as client:
            try:
                client.head_bucket(Bucket=self._bucket)
                return
            except ClientError as error:
                if not _is_404(error):
                    raise
        with self._writes.asked("make the bucket") as client:
            client.create_bucket(Bucket=self._bucket, **_location(client.meta.region_name))
        self.check()

    def check(self) -> None:
        self.clock()

    def clock(self) -> datetime | None:
        with self._reads.asked("check") as client:
            return told(client.head_bucket(Bucket=self._bucket))

    def _size(self, key: str) -> int:
        """Return the stored size in bytes. Raises ObjectNotFound."""
        return _length(self._head(key))

    def _has_arrived(self, key: str, size: int, started: float) -> bool:
        """Return whether a put begun at `started`, by time.monotonic(), has stored its object after all. One
        that the store's own clock calls older is not it: a put may be there to repair that.
        """
        try:
            facts = self._head(key)
            age = ((told(facts) or datetime.now(UTC)) - facts["LastModified"]).total_seconds()
            return _length(facts) == size and age <= time.monotonic() - started + CLOCK_SECONDS
        except (StorageError, KeyError, TypeError, ValueError):  # no answer, or none that says enough
            return False

    def _head(self, key: str) -> dict[str, Any]:
        """Return what the store says of an object. Raises ObjectNotFound."""
        with self._reads.asked(f"head {key}") as client:
            try:
                facts: dict[str, Any] = client.head_object(Bucket=self._bucket, Key=key)
                return facts
            except ClientError as error:
                if not _is_404(error):
                    raise
        self.check()  # the answer to HEAD has no body to tell a missing object from a missing bucket
        raise ObjectNotFound(f"There is no object {key}.")


def _location(region: str) -> dict[str, Any]:
    """Return where create_bucket shall make the bucket: S3 wants its first region left unsaid."""
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _length(response: Mapping[str, Any]) -> int:
    if "ContentLength" not in response:
        raise StorageUnavailable("The store does not say how long an object is.")
    return int(response["ContentLength"])


def _is_404(error: ClientError) -> bool:
    return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 404)
