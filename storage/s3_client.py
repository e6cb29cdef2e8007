"""A signing client of an S3-compatible store: how long it waits, and what becomes of the SDK's errors."""

import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectionError,
    ReadTimeoutError,
)
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError, TimeoutError

from storage import figures
from storage.breaker import Breaker
from storage.clock import skew
from storage.deadline import Deadline
from storage.errors import StorageAway, StorageFull, StorageUnavailable
from storage.probe import Probe
from storage.s3_connections import keep_deadlines, within

logger = logging.getLogger("storage")

# A request, or the reading of its body, fails with these. ValueError: an endpoint that is no URL.
_SDK_ERRORS = (BotoCoreError, ClientError, HTTPError, OSError, ValueError)

# These of them say that nobody answered.
_NO_ANSWER = (ConnectionClosedError, ConnectionError, ReadTimeoutError, TimeoutError)

# After these, what was asked may have been done.
UNACKNOWLEDGED = (ConnectionClosedError, ReadTimeoutError)

# By these codes (two of MinIO's, one of Ceph's), and by status 507 whatever the code, stores say that they
# are full or a quota is used up. SeaweedFS says InternalError of all that.
_FULL = {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded"}

_CREDENTIALS = re.compile(
    r"((?:Signature|Credential|Security-Token|AWSAccessKeyId)=)[^\s&,]+|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
)


class S3Client:
    """The client that django-storages' S3Storage makes of a configuration, with a circuit breaker before it
    and a deadline on all that it asks. `silence` is how many seconds may pass without a byte of an answer;
    None leaves that to the deadline. `kind` names what is asked: reads, or writes.
    """

    def __init__(
        self,
        *,
        kind: str,
        endpoint_url: str | None,
        max_connections: int,
        silence: float | None,
        **configuration: Any,
    ):
        self._configured = S3Storage(
            endpoint_url=endpoint_url,
            client_config=Config(
                connect_timeout=2,
                read_timeout=silence,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=max_connections,
                user_agent="imagelib",  # the SDK would compose a long one for every request
                # Only AWS is sure to be found under a host name per bucket.
                s3={"addressing_style": "path" if endpoint_url else "auto"},
                # The SDK's own checksums break some stores; `put` sends one that all of them verify.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            **configuration,
        )
        self._breaker = Breaker(kind)
        self._probe = Probe(self._breaker, self._ask_again)
        self._lock = threading.Lock()
        self._shared: BaseClient | None = None

    @contextmanager
    def asked(self, action: str, deadline: Deadline | None = None) -> Iterator[BaseClient]:
        """Yield the SDK's client for what `action` says. All of that ends at `deadline`, which begins now and
        is 15 seconds unless it is given. Raises StorageUnavailable, at once while the store is away.
        """
        self._breaker.enter()
        with self.translated(action):
            client, deadline = self._client, deadline or Deadline()
            deadline.begin()  # it took a while to make the client
            with within(deadline), figures.REQUESTS.labels(figures.verb(action)).time():
                yield client

    @contextmanager
    def translated(self, action: str) -> Iterator[None]:
        """Turn what the SDK raises into StorageUnavailable, or what of it says more, and tell the breaker the
        outcome. The SDK's words go to the log, credentials removed.
        """
        begun = time.monotonic()
        try:
            yield
        except _SDK_ERRORS as error:
            figures.ERRORS.labels(figures.verb(action)).inc()
            words = self._redacted(str(error))
            if isinstance(error, _NO_ANSWER):
                self._breaker.failed(f"{action}: {words}", begun)
                self._probe.begin()
                raise StorageAway("The store cannot be used now.") from None
            self._breaker.answered()
            if isinstance(error, ClientError) and (clock := skew(error.response)):
                words = f"{words}. {clock}"
            logger.error("%s: %s", action, words)
            if isinstance(error, ClientError) and _is_full(error):
                raise StorageFull("The store has no room left.") from None
            raise StorageUnavailable("The store cannot be used now.") from None
        except BaseException:  # a missing object, say: the store did answer
            self._breaker.answered()
            raise
        self._breaker.answered()

    def _ask_again(self) -> None:
        """Ask for the bucket, which leaves nothing there. A store that answers this and no write is taken for
        well until the next write.
        """
        with self.asked("check") as client:
            client.head_bucket(Bucket=self._configured.bucket_name)

    @property
    def _client(self) -> BaseClient:
        """The one client of this process: safe to share between threads, though not to make in several."""
        with self._lock:
            if self._shared is None:
                client = self._configured.connection.meta.client
                client.meta.events.register_first("needs-retry.s3", _give_up)
                keep_deadlines(client)
                self._shared = client
            return self._shared

    def _redacted(self, text: str) -> str:
        configured = self._configured
        for secret in filter(None, (configured.access_key, configured.secret_key, configured.security_token)):
            text = text.replace(secret, "[removed]")
        return _CREDENTIALS.sub(r"\1[removed]", text)


def _is_full(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 507 or error.response["Error"].get("Code") in _FULL


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
