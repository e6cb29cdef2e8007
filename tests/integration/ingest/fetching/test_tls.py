"""Files over https: the certificate is of the name, though the connection goes to an address."""

import ssl

import pytest

from images.ingest.fetching.network import Network
from tests.clients.fetching import BROKEN, DATA, LEADS_NOWHERE, NOTHING, fetched, refusal
from tests.servers.web import INTERNET, Authority, moved, network, page, web

pytestmark = pytest.mark.any_database


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
