"""A file from an address: who is connected to, for how long, and what is taken of the answer."""

import logging
import os
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from images.errors import Busy, ImageTooLarge, NoRoom
from images.http import room
from images.ingest.fetching import fetch as fetching
from images.ingest.fetching import resolution
from images.ingest.fetching.fetch import fetch
from images.ingest.fetching.network import Network
from images.ingest.fetching.targets import Target
from tests.servers.machine import until
from tests.servers.web import INTERNET, Authority, drip, moved, network, page, web

pytestmark = pytest.mark.any_database

DATA = os.urandom(200_000)
ADDRESS = "http://photos.example/a.jpg"

NOTHING = "Nothing can be fetched from this address: it does not answer, or is not public."
LEADS_NOWHERE = "This address leads on to one from which nothing can be fetched."
BROKEN = "The file did not arrive whole."
SLOW = 0.5  # seconds that a whole fetch has, in the tests of what does not end


@pytest.fixture
def photos():
    with web() as server:
        server.answers["/a.jpg"] = page(DATA)
        yield server


@pytest.fixture
def internet(photos) -> Network:
    return network({"photos.example": photos})


@pytest.fixture
def hurry(monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", SLOW)


def fetched(network: Network, address: str = ADDRESS) -> bytes:
    with fetch(Target.parse(address), network) as file:
        return file.read()


def refusal(network: Network, address: str = ADDRESS) -> str:
    with pytest.raises(ValidationError) as refused:
        fetched(network, address)
    (sentence,) = refused.value.messages
    return sentence


@contextmanager
def ends_in_time(seconds: float = SLOW):
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds + 5


# --- What is asked, and what is taken --------------------------------------------------------------


def test_it_asks_as_a_program_that_tells_nothing_of_itself(photos, internet, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with fetch(Target.parse(ADDRESS), internet) as file:
        assert file.read() == DATA
    assert photos.requests == [
        "GET /a.jpg HTTP/1.1\r\nHost: photos.example\r\nUser-Agent: imagelib\r\nAccept: image/*\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ]


def test_the_query_is_sent_and_the_fragment_is_not(photos, internet):
    photos.answers["/a.jpg?size=1%202"] = page(DATA)
    assert fetched(internet, ADDRESS + "?size=1 2#part") == DATA


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + DATA,
        b"HTTP/1.0 200 OK\r\n\r\n" + DATA,
        page(DATA, Content_Encoding="identity"),
        page(DATA, Content_Type="text/html"),  # ingest says what it is
        page(DATA, Set_Cookie="a=b"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(DATA), DATA),
        b"HTTP/1.1 100 Continue\r\n\r\n" + page(DATA),
        page(DATA) + b"more than was said",
        drip(page(DATA), 10_000),
    ],
    ids=["to its end", "HTTP/1.0", "identity", "HTML", "cookie", "chunked", "continue", "more", "slow"],
)
def test_a_whole_answer_is_taken(photos, internet, answer):
    photos.answers["/a.jpg"] = answer
    assert fetched(internet) == DATA


@pytest.mark.parametrize(
    "status", ["404 Not Found", "500 Oops", "206 Partial Content", "204 No Content", "304 As it was"]
)
def test_another_status_is_said(photos, internet, status):
    photos.answers["/a.jpg"] = page(b"" if status[0] == "3" else DATA, status)
    assert refusal(internet) == f"The server of this address answered {status[:3]} and gave no file."


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "x"])
def test_a_compressed_answer_is_not_taken(photos, internet, encoding):
    photos.answers["/a.jpg"] = page(DATA, Content_Encoding=encoding)
    assert (
        refusal(internet) == "The server of this address sends the file compressed, which nobody asked for."
    )


@pytest.mark.parametrize(
    "answer",
    [
        page(DATA[:-1], length=len(DATA)),
        page(length=len(DATA)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(DATA), DATA),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\nabc",
    ],
    ids=["short", "empty", "without its last chunk", "a short chunk", "no chunks"],
)
def test_what_breaks_off_is_not_taken(photos, internet, answer):
    photos.answers["/a.jpg"] = answer
    assert refusal(internet) == BROKEN


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        DATA,
        b"HTTP/1.",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "noise", "half a line", "SSH", "many headers", "a long one"],
)
def test_what_is_no_answer_says_nothing_of_who_is_there(photos, internet, answer):
    photos.answers["/a.jpg"] = answer
    assert refusal(internet) == NOTHING


# --- How large -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2e5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n30d40\r\n",
    ],
    ids=["said", "no number", "negative", "unsaid", "chunked"],
)
def test_more_than_an_upload_may_have_is_refused(photos, internet, settings, head):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = len(DATA) - 1
    photos.answers["/a.jpg"] = head + DATA
    with pytest.raises(ImageTooLarge):
        fetched(internet)


def test_as_much_as_an_upload_may_have_is_taken(internet, settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = len(DATA)
    assert fetched(internet) == DATA


def test_no_more_than_that_is_read_of_what_has_no_end(photos, internet, settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 2**20

    def endless():
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield bytes(2**16)

    photos.answers["/a.jpg"] = endless
    with pytest.raises(ImageTooLarge):
        fetched(internet)
    assert photos.hung_up.acquire(timeout=10)


@pytest.mark.parametrize("length", [len(DATA), ""])
def test_a_disk_that_is_nearly_full_takes_none(photos, internet, monkeypatch, length):
    photos.answers["/a.jpg"] = page(DATA, length=length)
    monkeypatch.setattr(room, "shortage", lambda size=0: "full" if size >= len(DATA) else "")
    with pytest.raises(NoRoom):
        fetched(internet)


# --- How long --------------------------------------------------------------------------------------


def silence():
    threading.Event().wait(2 * SLOW)
    yield b""


def half_and_drip():
    yield page(DATA)[:50_000]
    yield from drip(DATA)()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (silence, NOTHING),
        (drip(page(DATA, Server="x" * 1000)), NOTHING),
        (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), NOTHING),
        (half_and_drip, BROKEN),
    ],
    ids=["silence", "head", "for ever to be continued", "body"],
)
def test_what_drips_ends_all_the_same(photos, internet, hurry, answer, sentence):
    photos.answers["/a.jpg"] = answer
    with ends_in_time():
        assert refusal(internet) == sentence


def test_redirects_have_one_deadline_together(photos, internet, hurry):
    def slowly():
        threading.Event().wait(0.3)
        yield moved("/a.jpg")

    photos.answers["/a.jpg"] = slowly
    with ends_in_time():
        assert refusal(internet) == LEADS_NOWHERE


def test_a_host_that_does_not_take_the_connection(hurry):
    with socket.socket() as listener:
        listener.bind((INTERNET, 0))
        listener.listen(0)
        _, port = listener.getsockname()
        fill = [socket.socket() for _ in range(4)]
        for one in fill:
            one.setblocking(False)
            one.connect_ex((INTERNET, port))
        silent = network({})
        asked = replace(silent, look_up=lambda host, _, **options: silent.look_up(INTERNET, port))
        with ends_in_time():
            assert refusal(asked) == NOTHING
        for one in fill:
            one.close()


def test_a_name_that_is_not_answered_for(monkeypatch):
    monkeypatch.setattr(resolution, "SECONDS", 0.05)
    asked, answered = threading.Semaphore(0), threading.Event()

    def look_up(*args, **options):
        asked.release()
        answered.wait(30)
        return []

    slow = Network(look_up)
    with ends_in_time():
        assert refusal(slow) == NOTHING
    for _ in range(resolution.AT_ONCE - 1):
        assert refusal(slow) == NOTHING
    for _ in range(resolution.AT_ONCE):
        assert asked.acquire(timeout=10)
    with pytest.raises(Busy):  # all of them are waited for still, by nobody
        fetched(slow)
    answered.set()
    until(lambda: resolution.places._value == resolution.AT_ONCE)


# --- Who is connected to ---------------------------------------------------------------------------


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


# --- https -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure(authority):
    with web(authority.server("DNS:photos.example")) as server:
        server.answers["/a.jpg"] = page(DATA)
        yield server


SECURE = "https://photos.example/a.jpg"


def test_the_certificate_is_of_the_name_whose_address_is_pinned(secure, authority):
    assert fetched(network({"photos.example": secure}, authority.trusted()), SECURE) == DATA
    assert "Host: photos.example\r\n" in secure.requests[0]


def test_the_name_is_said_before_the_certificate_is_sent(authority):
    names = []
    tls = authority.server("DNS:photos.example")
    tls.sni_callback = lambda sock, name, context: names.append(name)
    with web(tls) as server:
        server.answers["/a.jpg"] = page(DATA)
        assert fetched(network({"photos.example": server}, authority.trusted()), SECURE) == DATA
    assert names == ["photos.example"]


def test_a_certificate_of_another_name_is_refused(secure, authority):
    asked = network({"other.example": secure}, authority.trusted())
    assert refusal(asked, "https://other.example/a.jpg") == NOTHING
    assert secure.requests == []


def test_a_certificate_of_the_address_alone_is_refused(authority):
    with web(authority.server(f"IP:{INTERNET}")) as server:
        assert refusal(network({"photos.example": server}, authority.trusted()), SECURE) == NOTHING
        assert server.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(secure):
    assert refusal(network({"photos.example": secure}), SECURE) == NOTHING
    assert secure.requests == []


def test_the_library_trusts_what_the_machine_trusts():
    tls = Network().tls()
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert Network().tls() is tls  # read once


def test_http_may_lead_to_https(photos, secure, authority):
    photos.answers["/a.jpg"] = moved("https://secure.example/a.jpg")
    with web(authority.server("DNS:secure.example")) as server:
        server.answers["/a.jpg"] = page(DATA)
        hosts = {"photos.example": photos, "secure.example": server}
        assert fetched(network(hosts, authority.trusted())) == DATA


def test_https_does_not_lead_to_http(photos, secure, authority):
    secure.answers["/a.jpg"] = moved("http://plain.example/a.jpg")
    hosts = {"photos.example": secure, "plain.example": photos}
    assert refusal(network(hosts, authority.trusted()), SECURE) == LEADS_NOWHERE
    assert photos.requests == []


def test_who_cuts_an_answer_without_a_length_is_found_out(authority):
    """Without the end that TLS has of its own, others than the server may have ended it."""
    tls = authority.server("DNS:photos.example")
    with web(tls) as server:
        server.answers["/a.jpg"] = b"HTTP/1.1 200 OK\r\n\r\n" + DATA
        asked = network({"photos.example": server}, authority.trusted())
        assert fetched(asked, SECURE) == DATA
        server.says_goodbye = False
        assert refusal(asked, SECURE) == BROKEN


def test_a_handshake_that_does_not_end(hurry, authority):
    with web() as server:  # which waits for the end of a head that never comes
        assert refusal(network({"photos.example": server}, authority.trusted()), SECURE) == NOTHING


# --- How many at once ------------------------------------------------------------------------------


def test_few_are_fetched_at_once(photos, internet):
    going_on = threading.Event()

    def wait():
        yield page(DATA)[:1000]
        going_on.wait(10)
        yield page(DATA)[1000:]

    photos.answers["/slow.jpg"] = wait
    with ThreadPoolExecutor(fetching.AT_ONCE) as pool:
        slow = [
            pool.submit(fetched, internet, "http://photos.example/slow.jpg") for _ in range(fetching.AT_ONCE)
        ]
        until(lambda: len(photos.requests) == fetching.AT_ONCE)
        with pytest.raises(Busy):
            fetched(internet)
        going_on.set()
        assert [one.result() for one in slow] == [DATA] * fetching.AT_ONCE
    assert fetched(internet) == DATA


def test_what_fails_gives_its_turn_back(photos, internet, settings):
    photos.answers |= {
        "/status": page(status="404 Not Found"),
        "/cut": page(length=10),
        "/inside": moved("http://127.0.0.1/"),
        "/none": b"",
    }
    for _ in range(fetching.AT_ONCE + 1):
        for path in ("status", "cut", "inside", "none"):
            refusal(internet, f"http://photos.example/{path}")
        refusal(internet, "http://127.0.0.1/")
        settings.IMAGELIB_MAX_UPLOAD_BYTES = 1
        with pytest.raises(ImageTooLarge):
            fetched(internet)
        settings.IMAGELIB_MAX_UPLOAD_BYTES = 2**20
    assert fetched(internet) == DATA


# --- What is told ----------------------------------------------------------------------------------


def test_the_log_says_what_was_fetched_and_what_was_not_without_the_query(photos, internet, caplog):
    caplog.set_level(logging.INFO)
    photos.answers |= {
        "/a.jpg?token=secret": page(DATA),
        "/b.jpg?token=secret": moved("http://10.0.0.1/?token=secret"),
    }
    fetched(internet, ADDRESS + "?token=secret")
    refusal(internet, "http://photos.example/b.jpg?token=secret")
    said = [record.getMessage() for record in caplog.records if record.name.startswith("images.ingest")]
    assert said == [
        "Fetched 200000 bytes from http://photos.example/a.jpg.",
        "Fetched nothing from http://10.0.0.1/: 10.0.0.1 is not public.",
    ]
    assert "secret" not in caplog.text
