"""The client's address, as proxies write it."""

import pytest
from django.test import RequestFactory
from rest_framework.settings import api_settings

from images.http.address import NO_ADDRESS, client_address

PROXY = "192.0.2.7"


@pytest.fixture
def one_proxy(monkeypatch):
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1, raising=False)


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("203.0.113.4", "203.0.113.4"),
        ("203.0.113.4:5678", "203.0.113.4"),
        ("198.51.100.1, 203.0.113.4:5678", "203.0.113.4"),
        ("2001:DB8::1", "2001:db8::"),
        ("[2001:db8::1]", "2001:db8::"),
        ("[2001:db8::1]:5678", "2001:db8::"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:203.0.113.4", "203.0.113.4"),
        ("unknown", PROXY),
        ("_hidden", PROXY),
        ("", PROXY),
        ("203.0.113.4,", PROXY),
        ("[", PROXY),
        ("1.2.3", PROXY),
        ("203.0.113.4\x00", PROXY),
        ("٢٠٣.0.113.4", PROXY),
    ],
)
def test_it_is_an_address_whatever_a_proxy_says(one_proxy, said, address):
    request = RequestFactory().get("/", headers={"x-forwarded-for": said}, REMOTE_ADDR=PROXY)
    assert client_address(request) == address


def test_a_unix_socket_has_none(one_proxy):
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == NO_ADDRESS


def test_nobody_is_believed_without_a_trusted_proxy():
    request = RequestFactory().get("/", headers={"x-forwarded-for": "203.0.113.4"}, REMOTE_ADDR=PROXY)
    assert client_address(request) == PROXY
