"""Whose request it is, as far as an address tells."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

NO_ADDRESS = "0.0.0.0"  # noqa: S104 nothing is bound: of a Unix socket, say


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address, read through as many proxies as IMAGELIB_TRUSTED_PROXIES trusts.

    A proxy that says no address (`unknown`, RFC 7239, 6) is itself the client, as far as is known.
    """
    said = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # which asks for no more than its META
    return _address(said) or _address(request.META.get("REMOTE_ADDR")) or NO_ADDRESS


def _address(text: str | None) -> str:
    """Return the address in `text` alone, without port, brackets and zone; nothing when there is none.

    Of one in IPv6 it is that of its network: the rest of it is the client's to choose.
    """
    text = text or ""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False).network_address)
