"""Target: what is asked of whom, once the address of a file was read."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Self
from urllib.parse import quote, unquote, urljoin, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 2000  # characters

PORTS = {"http": 80, "https": 443}  # and no others: what listens there wants to be asked by anybody

# Names of the DNS as hosts have them, with a dot: one without is a name within some network. None ends in a
# number (RFC 1123, 2.1), so none is a spelling of an address that inet_aton would take.
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?\Z")

AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@]+))(?::(?P<port>[0-9]{0,5}))?\Z")

KEPT = "%/:@!$&'()*+,;=~?[]"  # of a path or a query; all else but letters and digits is percent-encoded


@dataclass(frozen=True)
class Target:
    """A host, `http` or `https`, and the path with its query that is asked of it, in ASCII. `host` is a name,
    or an address without brackets.
    """

    scheme: str
    host: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `text`, a URL, says. Raises ValidationError where it is none that may be fetched."""
        refusal = ValidationError(
            _("Give an address that begins with http:// or https://, without a user name and without a port.")
        )
        if len(text) > LONGEST or not text.isprintable():
            raise refusal
        try:
            url = urlsplit(text)
            host, port = _host_and_port(url.netloc)
        except ValueError:
            raise refusal from None
        if url.scheme not in PORTS or port not in (None, PORTS[url.scheme]):
            raise refusal
        path = quote(url.path or "/", KEPT) + (f"?{quote(url.query, KEPT)}" if url.query else "")
        target = cls(url.scheme, host, path)
        if len(str(target)) > LONGEST:
            raise refusal
        return target

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """The host as a URL and the header Host have it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def port(self) -> int:
        return PORTS[self.scheme]

    @property
    def filename(self) -> str:
        """The last part of the path, or nothing."""
        return unquote(self.path.partition("?")[0].rpartition("/")[2])

    @property
    def without_query(self) -> str:
        """The URL as a log may have it: queries have secrets."""
        return str(self).partition("?")[0]

    def redirected(self, location: str) -> Self:
        """Return where `location`, as http.client reads that header, leads from here. Raises ValidationError
        where that may not be fetched, nor come after this.
        """
        try:
            joined = urljoin(str(self), location.encode("latin-1").decode("utf-8", "replace"))
        except ValueError:
            joined = ""
        target = self.parse(joined)
        if (self.scheme, target.scheme) == ("https", "http"):
            raise ValidationError(_("This address leads from https to http."))
        return target


def _host_and_port(authority: str) -> tuple[str, int | None]:
    """Return what the authority of a URL says, the host in its one spelling. Raises ValueError where it says
    more, or no host.
    """
    parts = AUTHORITY.match(authority)
    if not parts:
        raise ValueError("It has a user, no host, or a port that is none.")
    port = int(parts["port"]) if parts["port"] else None
    if parts["ipv6"]:
        return str(IPv6Address(parts["ipv6"])), port
    name = parts["name"].removesuffix(".").encode("idna").decode().lower()
    return name if NAME.match(name) else str(IPv4Address(name)), port
