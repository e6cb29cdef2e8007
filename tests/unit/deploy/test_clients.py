"""The sockets of slow clients, without a server: what arrives whole, and whose time is over."""

import io
import os
import socket
import tempfile
import threading

import pytest

from imagelib import clients
from imagelib.clients import ClientSocket, Crowd

DEADLINE = 20


@pytest.fixture
def pair(monkeypatch):
    """A client, and its socket as the server has it, which waits for a moment only."""
    monkeypatch.setattr(clients, "PATIENCE", 0.2)
    client, accepted = socket.socketpair()
    client.settimeout(DEADLINE)
    with client, ClientSocket(accepted, Crowd(16)) as server:
        yield client, server


def read_all(client: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        received += client.recv(65536)
    return received


@pytest.mark.parametrize("way", ["sendall", "sendfile"])
def test_a_reader_that_takes_gets_all_of_it(pair, way):
    client, server = pair
    data = os.urandom(3_000_000)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        send = {
            "sendall": lambda: server.sendall(data[1000:]),
            "sendfile": lambda: server.sendfile(file, 1000, len(data) - 1000),
        }[way]
        sender = threading.Thread(target=send)
        sender.start()
        assert read_all(client, len(data) - 1000) == data[1000:]
        sender.join(DEADLINE)


def test_a_file_without_a_length_is_sent_to_its_end(pair):
    client, server = pair
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        file.flush()
        assert server.sendfile(file, 4) == 6
    assert client.recv(100) == b"456789"


@pytest.mark.parametrize("way", ["recv", "sendall", "sendfile"])
def test_a_client_that_neither_gives_nor_takes_is_hung_up_on(pair, way):
    _, server = pair
    with tempfile.TemporaryFile() as file:
        file.truncate(10_000_000)
        act = {
            "recv": lambda: server.recv(1),
            "sendall": lambda: server.sendall(bytes(10_000_000)),
            "sendfile": lambda: server.sendfile(file, 0, 10_000_000),
        }[way]
        with pytest.raises(ConnectionResetError):
            act()


def test_drops_do_not_lengthen_the_time_and_a_good_piece_does(pair, monkeypatch):
    client, server = pair
    server._left = 0.0
    client.send(b"x")
    assert server.recv(1) == b"x"
    assert server._left < 0.001
    client.send(bytes(clients.RATE // 10))
    server.recv(clients.RATE)
    assert server._left == pytest.approx(0.1, abs=0.001)
    client.send(bytes(clients.RATE))
    server.recv(clients.RATE)
    assert server._left == 0.2  # what was quick before allows no longer silence
    with pytest.raises(ConnectionResetError):
        server.recv(1)
    server.be_patient()
    assert server._left == 0.2


def test_in_a_crowd_the_time_is_shorter(monkeypatch):
    monkeypatch.setattr(clients, "CROWDED", 0.0)
    crowd = Crowd(4)
    client, accepted = socket.socketpair()
    with client, ClientSocket(accepted, crowd) as server, crowd.waiting(), crowd.waiting():  # noqa: SIM117
        with pytest.raises(ConnectionResetError):
            server.recv(1)
    assert not crowd.is_crowded


def test_no_caller_makes_it_wait_in_another_way(pair):
    client, server = pair
    server.setblocking(True)
    server.settimeout(None)
    with pytest.raises(BlockingIOError):
        server.receive(1)
    client.close()
    assert server.receive(1) == b""


def test_what_is_in_memory_is_sent_too(pair):
    client, server = pair
    server.sendall(io.BytesIO(b"abc").getbuffer())
    assert client.recv(10) == b"abc"
