"""The clock of an S3-compatible store, as its answers tell it."""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

SKEW_SECONDS = 60  # from which on a clock may be why a store refuses: S3 does so from 15 minutes on


def told(response: Mapping[str, Any]) -> datetime | None:
    """Return the time that an answer of the store was given at by the store's clock, in whole seconds; None
    when it does not say. `response` is the SDK's.
    """
    with suppress(KeyError, TypeError, ValueError):
        return parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC)
    return None


def skew(response: Mapping[str, Any]) -> str:
    """Return a sentence that says how far off this machine's clock is, where that may be why a store refused,
    else an empty text. A store does not say so itself to a HEAD, whose answer has no body.
    """
    now = told(response)
    ahead = round(time.time() - now.timestamp()) if now else 0
    if abs(ahead) < SKEW_SECONDS:
        return ""
    return (
        f"The clock of this machine is {abs(ahead)} seconds {'ahead of' if ahead > 0 else 'behind'} the "
        "store's, which may refuse what is signed at another time."
    )
