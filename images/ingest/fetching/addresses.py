"""Which addresses of the network are public: anybody on the internet reaches them, not only this machine."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Of IPv4 these, beside what Python says is not global (IANA's registry of special addresses, RFC 6890).
NOT_PUBLIC = [
    IPv4Network(network)
    for network in (
        "168.63.129.16/32",  # Azure's agent and metadata: a public address that only its machines reach
        "192.0.0.0/24",  # of protocols; Oracle's cloud has metadata here
        "192.88.99.0/24",  # relays of 6to4
        "224.0.0.0/4",  # multicast
    )
]

# Of IPv6 only what hosts are given, without the ranges in it that hold an address of IPv4 or are nobody's.
UNICAST = IPv6Network("2000::/3")
NOT_OF_HOSTS = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # of protocols: Teredo, benchmarks, identifiers
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
]

LINK = 64  # first bits of an address of IPv6, which all on one link have

# Where there is IPv6 alone, resolvers put an IPv4 address into this one (RFC 6052, 2.1).
NAT64 = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether `text` is an IP address, in its one spelling, that is public."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_4(address)
    if address in NAT64:
        return _is_public_4(IPv4Address(int(address) & 0xFFFF_FFFF))
    return _is_public_6(address)


def is_near(own: str, other: str) -> bool:
    """Whether `other`, an address, is of the machine that has `own`, or with IPv6 on its link. Such may be
    public, and a firewall that keeps others from them does not keep this machine.
    """
    first, second = ip_address(own), ip_address(other)
    if isinstance(first, IPv6Address) and isinstance(second, IPv6Address):
        return int(first) >> LINK == int(second) >> LINK
    return first == second


def _is_public_4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in NOT_PUBLIC)


def _is_public_6(address: IPv6Address) -> bool:
    return (
        address.is_global
        and address in UNICAST
        and not address.scope_id  # of one link, whatever else it says
        and not any(address in network for network in NOT_OF_HOSTS)
    )
