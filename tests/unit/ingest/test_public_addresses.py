"""Which addresses the library connects to for a file: those that anybody on the internet would reach."""

import pytest

from images.ingest.fetching.addresses import is_near, is_public

PUBLIC = [
    "8.8.8.8",
    "151.101.1.69",
    "172.15.255.255",  # beside 172.16.0.0/12
    "172.32.0.0",
    "100.63.255.255",  # beside 100.64.0.0/10
    "223.255.255.255",  # the last before multicast
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "64:ff9b::8d5f:accd",  # NAT64 of 141.95.172.205, as resolvers say it where there is IPv6 alone (RFC 6052)
]

# address -> what it is. Python 3.11 calls those with a star global.
ELSEWHERE = {
    "0.0.0.0": "this host",  # noqa: S104
    "0.1.2.3": "this network",
    "10.0.0.1": "private",
    "100.64.0.1": "of a carrier",
    "100.100.100.200": "metadata of Alibaba's cloud",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "* metadata of Azure",
    "169.254.169.254": "metadata of most clouds",
    "172.16.0.1": "private",
    "192.0.0.192": "* metadata of Oracle's cloud",
    "192.0.2.1": "documentation",
    "192.88.99.1": "* relays of 6to4",
    "192.168.0.1": "private",
    "198.18.0.1": "benchmarks",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "* multicast",
    "233.252.0.1": "* multicast, documentation",
    "239.255.255.250": "* multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "* compatible with IPv4, loopback",
    "::8.8.8.8": "* compatible with IPv4",
    "::ffff:127.0.0.1": "IPv4, loopback",
    "::ffff:169.254.169.254": "IPv4, metadata",
    "::ffff:8.8.8.8": "* IPv4 in another spelling, which no resolver gives",
    "64:ff9b::7f00:1": "* NAT64 of loopback",
    "64:ff9b::a9fe:a9fe": "* NAT64 of metadata",
    "64:ff9b::e000:1": "* NAT64 of multicast",
    "64:ff9b:1::a00:1": "* NAT64 of a network of its own",
    "100::1": "discarded",
    "2001::1": "Teredo",
    "2001:0:4136:e378:8000:63bf:80ff:fffe": "Teredo of 127.0.0.1",
    "2001:2::1": "benchmarks",
    "2001:20::1": "no host, ORCHIDv2",
    "2001:db8::1": "documentation",
    "2002:7f00:1::1": "* 6to4 of loopback",
    "2002:a9fe:a9fe::1": "* 6to4 of metadata",
    "3fff::1": "* documentation",
    "3ffe::1": "* nobody's any more, 6bone",
    "4000::1": "* given to nobody",
    "5f00::1": "* segment routing",
    "fc00::1": "private",
    "fd00:ec2::254": "metadata of AWS",
    "fe80::1": "of one link",
    "fe80::1%eth0": "of one link",
    "2606:4700:4700::1111%1": "of one link, it says",
    "fec0::1": "* of one site",
    "ff02::1": "* multicast",
    "ff0e::1": "* multicast",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_what_anybody_reaches_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_all_else_is_not(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "example.org", "2130706433", "0x7f.1", "010.0.0.1", "8.8.8.8 ", "8.8.8", "1.1.1.1.1"],
)
def test_what_is_no_address_is_not(text):
    assert not is_public(text)


@pytest.mark.parametrize(
    ("own", "other", "near"),
    [
        ("8.8.8.8", "8.8.8.8", True),
        ("8.8.8.8", "8.8.8.9", False),
        ("2a00:1450:4001:82a::1", "2a00:1450:4001:82a::1", True),
        ("2a00:1450:4001:82a::1", "2a00:1450:4001:82a:ffff:ffff:ffff:ffff", True),  # the router at home, say
        ("2a00:1450:4001:82a::1", "2a00:1450:4001:82b::1", False),
    ],
)
def test_what_is_public_may_be_this_machine_or_on_its_link(own, other, near):
    assert is_near(own, other) is near
