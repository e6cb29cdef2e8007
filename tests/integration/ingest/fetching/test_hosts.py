"""Who is connected to for a file: public addresses alone, looked up once, and each redirect judged anew."""

import socket
from dataclasses import replace

import pytest

from images.ingest.fetching.network import Network
from tests.clients.fetching import DATA, LEADS_NOWHERE, NOTHING, fetched, refusal
from tests.servers.web import INTERNET, moved, network, page, web

pytestmark = pytest.mark.any_database


def found(*addresses: str):
    """Return a look-up that finds all of these."""

    def look_up(host: str, port: int, **options: object) -> list:
        return [
            one for address in addresses for one in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        ]

    return look_up


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::7f00:1"],
        [],
    ],
)
def test_a_name_with_an_address_that_is_not_public_is_not_connected_to(addresses, monkeypatch):
    def connect(self, address):
        raise AssertionError(address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refusal(Network(found(*addresses))) == NOTHING


def test_a_public_address_that_this_machine_has_itself_is_not_connected_to():
    """Whom its firewall keeps out there, it does not keep from itself."""
    with web(address="127.0.0.1") as server:
        here = replace(network({"photos.example": server}), is_public=lambda address: True)
        assert refusal(here) == NOTHING
        assert server.requests == []


def test_a_public_address_to_which_there_is_no_way_is_passed_over(photos, internet):
    """As those of IPv6 are where there is IPv4 alone."""

    def look_up(host: str, port: int, **options: object) -> list:
        return [
            (99, socket.SOCK_STREAM, 6, "", ("2606:4700:4700::1111", port)),
            *internet.look_up(host, port),
        ]

    assert fetched(replace(internet, look_up=look_up)) == DATA


def test_a_name_that_is_not_there():
    def look_up(*args, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert refusal(Network(look_up)) == NOTHING


def test_a_name_is_looked_up_once_and_its_address_pinned(photos, internet):
    """Who answers for the name gives a public address first, and then one of this machine (DNS rebinding)."""
    asked = []

    def look_up(host: str, port: int, **options: object) -> list:
        asked.append((host, port))
        return internet.look_up(host if len(asked) == 1 else "127.0.0.1", port)

    assert fetched(replace(internet, look_up=look_up)) == DATA
    assert asked == [("photos.example", 80)]


def test_each_redirect_is_looked_up_and_judged_again(photos, internet):
    photos.answers["/a.jpg"] = moved("/b.jpg")
    photos.answers["/b.jpg"] = page(DATA)
    asked = []

    def look_up(host: str, port: int, **options: object) -> list:
        asked.append(host)
        return internet.look_up(host if len(asked) == 1 else "127.0.0.1", port)

    assert refusal(replace(internet, look_up=look_up)) == LEADS_NOWHERE
    assert (asked, photos.paths) == (["photos.example"] * 2, ["/a.jpg"])


def test_the_second_address_is_tried_where_the_first_does_not_answer(photos, internet):
    with socket.socket() as nobody:
        nobody.bind((INTERNET, 0))  # and does not listen

        def look_up(host: str, port: int, **options: object) -> list:
            refuses = socket.getaddrinfo(*nobody.getsockname(), type=socket.SOCK_STREAM)
            return refuses + internet.look_up(host, port)

        assert fetched(replace(internet, look_up=look_up)) == DATA


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_leads_to_the_file(photos, internet, status):
    photos.answers |= {"/a.jpg": moved("../b/c.png?d=e", status), "/b/c.png?d=e": page(DATA)}
    assert fetched(internet) == DATA


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:8000/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://2130706433/",
        "http://localhost/",
        "http://inside.example/",
        "http://user:secret@photos.example/b.jpg",
        "http://photos.example:8080/b.jpg",
        "file:///etc/passwd",
        "gopher://photos.example/",
        "https://[",
    ],
)
def test_a_redirect_to_where_nothing_may_be_fetched_ends_there(photos, location, monkeypatch):
    photos.answers["/a.jpg"] = moved(location)
    connect, connected = socket.socket.connect, []

    def noted(self, address):
        if self.type == socket.SOCK_STREAM:
            connected.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    asked = network({"photos.example": photos, "inside.example": "10.0.0.1"})
    assert refusal(asked) == LEADS_NOWHERE
    assert connected == [(INTERNET, photos.port)]


def test_redirects_without_end_end(photos, internet):
    photos.answers["/a.jpg"] = moved("/a.jpg")
    assert refusal(internet) == "This address leads on too often."
    assert len(photos.requests) == 6


def test_five_redirects_are_followed(photos, internet):
    photos.answers = {f"/{step}": moved(f"/{step + 1}") for step in range(5)} | {"/5": page(DATA)}
    assert fetched(internet, "http://photos.example/0") == DATA


def test_a_redirect_that_leads_nowhere(photos, internet):
    photos.answers["/a.jpg"] = page(status="302 Found")
    assert refusal(internet) == "The server of this address answered 302 and gave no file."
