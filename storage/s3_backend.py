"""Objects in a private bucket of an S3-compatible store. The only importer of boto3 and django-storages."""

import base64
import hashlib
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC
from typing import IO, Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectionError,
    ReadTimeoutError,
)
from storages.backends.s3 import S3Storage
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, TimeoutError

from storage.backend import ObjectReader, StorageBackend, StoredObject, chunks_of
from storage.breaker import Breaker
from storage.errors import CorruptObject, ObjectNotFound, StorageUnavailable
from storage.keys import is_key, key_digest

logger = logging.getLogger("storage")

# A request, or the reading of its body, fails with these. ValueError: an endpoint that is no URL.
_SDK_ERRORS = (BotoCoreError, ClientError, HTTPError, OSError, ValueError)
# These of them say that nobody answered.
_NO_ANSWER = (ConnectionClosedError, ConnectionError, ReadTimeoutError, TimeoutError)
# Stores say by these codes that a body has another digest than its Content-MD5.
_CHECKSUM_REFUSALS = {"BadDigest", "InvalidDigest"}

_CREDENTIALS = re.compile(
    r"((?:Signature|Credential|Security-Token|AWSAccessKeyId)=)[^\s&,]+|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
)


class S3StorageBackend(StorageBackend):
    """Wraps django-storages' S3Storage, which turns configuration into a signing client, and speaks through
    that client: S3Storage's own files cost two more requests and hold the whole object in memory.

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
        self._configured = S3Storage(
            bucket_name=bucket_name,
            endpoint_url=endpoint_url,
            region_name=region_name,
            access_key=access_key,
            secret_key=secret_key,
            client_config=Config(
                connect_timeout=2,
                read_timeout=read_timeout,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=max_connections,
                user_agent="imagelib",  # the SDK would compose a long one for every request
                # Only AWS is sure to be found under a host name per bucket.
                s3={"addressing_style": "path" if endpoint_url else "auto"},
                # The SDK's own checksums break some stores; `put` sends one that all of them verify.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        self._breaker, self._client_lock = Breaker(), threading.Lock()
        self._shared_client: Any = None

    @property
    def _client(self) -> Any:
        """The one client of this process: safe to share between threads, though not to make in several."""
        with self._client_lock:
            if self._shared_client is None:
                client = self._configured.connection.meta.client
                client.meta.events.register_first("needs-retry.s3", _give_up)
                self._shared_client = client
            return self._shared_client

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
        with self._translated(f"put {key}"):
            try:
                self._client.put_object(
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
        if self._size(key) != size:
            raise CorruptObject(f"The object {key} was not stored whole.")

    def open_unverified(self, key: str) -> ObjectReader:
        key_digest(key)
        with self._translated(f"open {key}"):
            try:
                response = self._client.get_object(Bucket=self._bucket, Key=key)
            except self._client.exceptions.NoSuchKey:
                raise ObjectNotFound(f"There is no object {key}.") from None
        body: HTTPResponse = response["Body"]._raw_stream  # botocore's wrapper has no read1
        if "ContentLength" not in response:
            body.close()
            raise StorageUnavailable("The store sends an object without its length.")

        def read(size: int) -> bytes:
            with self._translated(f"read {key}", enter=False):
                return body.read1(size)

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
        with self._translated(f"delete {key}"), suppress(self._client.exceptions.NoSuchKey):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        position: dict[str, str] = {}
        while True:
            with self._translated(f"list {prefix}"):
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **position)
            for entry in page.get("Contents", ()):
                if is_key(entry["Key"]):
                    yield StoredObject(entry["Key"], entry["Size"], entry["LastModified"].astimezone(UTC))
            if not page["IsTruncated"]:
                return
            position = {"ContinuationToken": page["NextContinuationToken"]}

    def prepare(self) -> None:
        with self._translated("prepare"):
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if not _is_404(error):
                    raise
                self._client.create_bucket(Bucket=self._bucket, **self._location())
        self.check()

    def check(self) -> None:
        with self._translated("check"):
            self._client.head_bucket(Bucket=self._bucket)

    def _size(self, key: str) -> int:
        """Return the stored size in bytes. Raises ObjectNotFound."""
        with self._translated(f"head {key}"):
            try:
                return _length(self._client.head_object(Bucket=self._bucket, Key=key))
            except ClientError as error:
                if not _is_404(error):
                    raise
        self.check()  # the answer to HEAD has no body to tell a missing object from a missing bucket
        raise ObjectNotFound(f"There is no object {key}.")

    def _location(self) -> dict[str, Any]:
        """Return where create_bucket shall make the bucket: S3 wants its first region left unsaid."""
        region = self._client.meta.region_name
        return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}

    @contextmanager
    def _translated(self, action: str, enter: bool = True) -> Iterator[None]:
        """Turn what the SDK raises into StorageUnavailable. Its text goes to the log, credentials removed.

        The breaker is asked first, unless an answer has begun (`enter` is false), and told the outcome.
        """
        if enter:
            self._breaker.enter()
        try:
            yield
        except _SDK_ERRORS as error:
            if isinstance(error, _NO_ANSWER):
                self._breaker.failed()
            else:
                self._breaker.answered()
            logger.error("%s: %s", action, self._redacted(str(error)))
            raise StorageUnavailable("The store cannot be used now.") from None
        except BaseException:  # a missing object, say: the store did answer
            self._breaker.answered()
            raise
        self._breaker.answered()

    def _redacted(self, text: str) -> str:
        configured = self._configured
        for secret in filter(None, (configured.access_key, configured.secret_key, configured.security_token)):
            text = text.replace(secret, "[removed]")
        return _CREDENTIALS.sub(r"\1[removed]", text)


def _length(response: Mapping[str, Any]) -> int:
    if "ContentLength" not in response:
        raise StorageUnavailable("The store does not say how long an object is.")
    return int(response["ContentLength"])


def _give_up(response: Any, caught_exception: Exception | None, operation: Any, **kwargs: Any) -> None:
    """Raise instead of trying again when the SDK would do so in vain.

    A store that was silent for a whole time-out gets no second one. When one redirects and names no region,
    as a server that wants https does, the SDK asks for it by a HeadBucket, which is redirected, for ever.
    """
    if isinstance(caught_exception, ReadTimeoutError):
        raise caught_exception
    if operation.name != "HeadBucket" or response is None:
        return
    answer, parsed = response
    if answer.status_code in (301, 302, 307) and "x-amz-bucket-region" not in answer.headers:
        raise ClientError(parsed, operation.name)


def _is_404(error: ClientError) -> bool:
    return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 404)
