"""The addresses of a host, looked up once and all of them public."""

import socket
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from images.errors import Busy
from images.ingest.fetching.addresses import is_near
from images.ingest.fetching.network import Deadline, Network
from images.ingest.fetching.targets import Target

SECONDS = 5  # that a look-up is waited for: a resolver that is well takes a tenth of one
AT_ONCE = 8  # look-ups of this process, with those for which nobody waits any more: they cannot be ended

TOO_MANY = gettext_noop("Too many files are being fetched just now. Please try again in a moment.")

places = threading.BoundedSemaphore(AT_ONCE)


class NotPublic(OSError):
    """The host has an address that is not public, or none."""


class Address(NamedTuple):
    """What a socket connects to: nothing in it is a name that would be looked up again."""

    family: int
    address: Any

    @property
    def host(self) -> str:
        """The IP address alone."""
        return str(self.address[0])


def addresses_of(target: Target, network: Network, deadline: Deadline) -> list[Address]:
    """Return the addresses of the target's host, the preferred first. Raises OSError when they are not found,
    not all public, or not known in time; Busy while no other host can be looked up.
    """
    found = [Address(family, address) for family, *_others, address in _look_up(target, network, deadline)]
    for one in found:
        if not network.is_public(one.host):
            raise NotPublic(f"{one.host} is not public.")
    for one in found:
        if (own := _own_address(one)) and is_near(own, one.host):
            raise NotPublic(f"{one.host} is of this machine or its link.")
    if not found:
        raise NotPublic("It has no address.")
    return found


def _own_address(other: Address) -> str | None:
    """Return the address of this machine that `other` would see; None when there is no way to it."""
    with suppress(OSError), socket.socket(other.family, socket.SOCK_DGRAM) as asked:
        asked.connect(other.address)  # which sends nothing
        own: str = asked.getsockname()[0]
        return own
    return None


def _look_up(target: Target, network: Network, deadline: Deadline) -> list[Any]:
    outcome: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            found = network.look_up(target.host, target.port, type=socket.SOCK_STREAM)
        except Exception as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(found)
        finally:
            places.release()

    if not places.acquire(blocking=False):
        raise Busy(_(TOO_MANY))
    try:
        threading.Thread(target=look_up, daemon=True).start()
    except RuntimeError:  # the process may have no more threads
        places.release()
        raise Busy(_(TOO_MANY)) from None
    return outcome.result(min(SECONDS, deadline.seconds_left))
