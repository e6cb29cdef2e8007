"""A question to a host, at an address that was looked up before, answered before a deadline.

http.client does no more than it is told: it follows no redirect, asks no proxy, keeps no cookie, unpacks
nothing. The socket is ours, so no name is looked up again, and each read ends with the deadline: a time-out
of one read begins anew with each byte of a server that drips.
"""

import io
import socket
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Literal

from images.ingest.fetching.network import Deadline, Network
from images.ingest.fetching.resolution import addresses_of
from images.ingest.fetching.targets import Target

CONNECT_SECONDS = 5  # that one address has, so that there is time for the next

ASKED = {
    "User-Agent": "imagelib",
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


def answer(target: Target, network: Network, deadline: Deadline) -> HTTPResponse:
    """Return the answer to GET of `target`, its body to be read; whoever gets it closes it. Raises OSError or
    HTTPException when there is none, Busy while no other host can be looked up.
    """
    with ExitStack() as opened:
        connected = opened.enter_context(_connected(target, network, deadline))
        if target.scheme == "https":
            connected.settimeout(deadline.seconds_left)  # of the handshake as a whole
            tls = network.tls()
            connected = opened.enter_context(
                tls.wrap_socket(connected, server_hostname=target.host, suppress_ragged_eofs=False)
            )
        question = HTTPConnection(target.host, target.port)
        question.auto_open = 0  # it has its socket, and makes no other
        question.sock = _Socket(connected, deadline)
        question.request("GET", target.path, headers={"Host": target.authority, **ASKED})
        response = question.getresponse()
        opened.pop_all()
        return response


def _connected(target: Target, network: Network, deadline: Deadline) -> socket.socket:
    failure: OSError | None = None
    for family, address in addresses_of(target, network, deadline):
        try:
            with ExitStack() as opened:
                connecting = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
                connecting.settimeout(min(CONNECT_SECONDS, deadline.seconds_left))
                connecting.connect(address)
                opened.pop_all()
                return connecting
        except OSError as error:
            failure = error
    raise failure or OSError("There is nobody to ask.")


class _Socket:
    """As much of a connected socket as http.client needs. It is closed with what `makefile` returns."""

    def __init__(self, connected: socket.socket, deadline: Deadline):
        self._connected, self._deadline = connected, deadline

    def sendall(self, data: bytes) -> None:
        self._connected.settimeout(self._deadline.seconds_left)
        self._connected.sendall(data)

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._connected, self._deadline))

    def close(self) -> None:
        pass


class _Received(io.RawIOBase):
    """What a socket receives until its deadline."""

    def __init__(self, connected: socket.socket, deadline: Deadline):
        self._connected, self._deadline = connected, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connected.settimeout(self._deadline.seconds_left)
        return self._connected.recv_into(buffer)

    def close(self) -> None:
        self._connected.close()
        super().close()
