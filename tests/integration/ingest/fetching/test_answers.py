"""What is asked for a file, what is taken of the answer, how much and how often at once."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from images.errors import Busy, ImageTooLarge, NoRoom
from images.http import room
from images.ingest.fetching import fetch as fetching
from tests.clients.fetching import ADDRESS, BROKEN, DATA, NOTHING, fetched, refusal
from tests.servers.machine import until
from tests.servers.web import drip, moved, page

pytestmark = pytest.mark.any_database


def test_it_asks_as_a_program_that_tells_nothing_of_itself(photos, internet, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetched(internet) == DATA
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
