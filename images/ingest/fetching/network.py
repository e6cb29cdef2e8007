"""Network: what of the network a fetch depends on, and Deadline: until when."""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from images.ingest.fetching.addresses import is_public


@cache
def authorities() -> ssl.SSLContext:
    """Return the authorities that this machine trusts to say who a server is. To read them takes 20 ms."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Network:
    """The internet. Tests have others, in which their own servers are public."""

    look_up: Callable[..., Any] = socket.getaddrinfo
    is_public: Callable[[str], bool] = is_public
    tls: Callable[[], ssl.SSLContext] = authorities


class Deadline:
    """Passes so many `seconds` after it was made, whatever goes on."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """More than none. Raises TimeoutError when it has passed."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("The deadline has passed.")
        return left
