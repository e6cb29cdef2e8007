"""A stranger who follows every address that an answer tells, to the end."""

import base64
import html
import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from django.http import HttpResponseBase

from images.catalogue.query.fields import FIELDS
from tests.integration.access.doors import all_of
from tests.integration.access.library import Caller

ORIGIN = "http://testserver"
ENTRIES = (
    *("/", "/search", "/albums", "/tags", "/selection", "/upload", "/trash", "/words", "/shares", "/account"),
    *("/accounts/login", "/admin/", "/healthz", "/readyz", "/api/docs", "/api/schema", "/api/v1", "/api/v1/"),
    *("/api/v1/images", "/api/v1/albums", "/api/v1/tags", "/api/v1/timeline", "/api/v1/suggestions"),
    *("/api/v1/download", "/api/v1/shares", "/api/v1/tokens", "/iiif/3/", "/feed", "/rss", "/atom.xml"),
    *("/robots.txt", "/sitemap.xml", "/manifest.json", "/manifest.webmanifest", "/favicon.ico"),
    *("/.well-known/security.txt", "/metrics", "/api/v1/images?trashed=1", "/?trashed=1"),
    *("/?visibility=unlisted", "/?visibility=private", "/api/v1/tags?ordering=-count", "/tags?order=count"),
)
ADDRESS = re.compile(r"(?<![\w#.:/<])(?:http://testserver)?/[^\s\"'<>\\{}|^`]*")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AT_AN_ID = (
    *("/api/v1/images/{}", "/api/v1/images/{}/history", "/trash/{}/picture", "/images/{}/history"),
    *("/api/v1/albums/{}", "/api/v1/albums/{}/images"),
)
SIGNED = re.compile(r"(?<=cursor=)[\w.:%-]+|(?<=cursor%3D)[\w.:%-]+")
STARTS = 3  # letters with which a stranger asks what there is
FIELDS_ASKED = ("", "tag:", "album:", "camera:", "by:")  # that have values of their own
TERMS = 1  # of a search that is followed: what pages offer to be added to it has no end
MOST = 3_000  # answers: a crawl of more goes in circles


class Addresses(HTMLParser):
    """The addresses that a page tells, in whichever attribute, and those to which its forms lead."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self._form: tuple[str, list[tuple[str, str]]] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        for name, value in said.items():
            parts = value.split(",") if name.endswith("srcset") else [value]
            self.found += [part.split()[0] for part in parts if part.strip().startswith(("/", "?", ORIGIN))]
        if tag == "form" and said.get("method", "get") == "get":
            self._form = said.get("action", ""), []
        elif self._form and said.get("name"):
            if tag == "input" and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
                self._form[1].append((said["name"], said.get("value", "")))
            elif tag == "button":
                self.found.append(
                    _sent(self._form[0], [*self._form[1], (said["name"], said.get("value", ""))])
                )

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form:
            self.found.append(_sent(*self._form))
            self._form = None


def _sent(action: str, fields: list[tuple[str, str]]) -> str:
    return f"{action.partition('?')[0]}?{urlencode([field for field in fields if field[1]])}"


Get = Callable[[str], HttpResponseBase]


def crawl(words: Iterable[str], entries: Iterable[str] = (), get: Get | None = None) -> dict[str, str]:
    """Return all that a stranger is answered, by the address; cursors are as `opened`. `words` are what they
    may think of: they ask what begins as these do. They `get` what is told, of this process if not said.
    """
    get, answers, waiting = get or Caller().get, dict[str, str](), [*ENTRIES, *entries, *_starts(words)]
    while waiting:
        address = waiting.pop()
        name = opened(address)
        if name in answers:
            continue
        answer = get(address)
        assert answer.status_code < 500, address
        answers[name] = opened(all_of(answer))
        assert len(answers) < MOST
        waiting += [told for told in addresses(answer, address) if _is_followed(told)]
    return answers


def _starts(words: Iterable[str]) -> Iterator[str]:
    """Yield the addresses that suggest what begins so, in a search and in each field of it."""
    starts = {word[:length].lower() for word in words for length in range(1, STARTS + 1)}
    for field in ("", *(f"{name}:" for name in FIELDS)):
        for start in ("", *sorted(starts)) if field in FIELDS_ASKED else ("",):
            yield f"/api/v1/suggestions?{urlencode({'search': field + start})}"


def addresses(answer: HttpResponseBase, address: str) -> Iterator[str]:
    """Yield the addresses of this site that an answer tells, without fragments."""
    kind = answer.get("Content-Type", "")
    found = [answer[name] for name in ("Location", "Content-Location") if name in answer]
    found += re.findall(r"<([^>]*)>", answer.get("Link", ""))
    if kind == "application/json" and address.startswith("/api/v1/"):  # what the schema says is at an id
        found += [place.format(pk) for pk in set(UUID.findall(answer.content.decode())) for place in AT_AN_ID]
    if not answer.streaming and kind.startswith(("text/", "application/")) and "zip" not in kind:
        text = answer.content.decode()
        found += Addresses(text).found if kind.startswith("text/html") else ADDRESS.findall(text)
    for told in found:
        url = urlsplit(urljoin(ORIGIN + address, html.unescape(told)))
        if f"{url.scheme}://{url.netloc}" == ORIGIN:
            yield url._replace(scheme="", netloc="", fragment="").geturl()


def _is_followed(address: str) -> bool:
    url = urlsplit(address)
    query = dict(parse_qsl(url.query))
    further = query.keys() - {"search", "ordering", "cursor"}
    most = 0 if url.path == "/search" else TERMS  # it offers the same to be added, and no image
    is_short = len(further) + len(query.get("search", "").split()) <= most
    return is_short and not url.path.startswith(("/static/", "/accounts/login"))


def opened(text: str) -> str:
    """Return `text` with what its cursors say, which is signed and not hidden, and not when they were."""
    return SIGNED.sub(_said, text)


def _said(cursor: re.Match[str]) -> str:
    encoded, *signature = unquote(unquote(cursor[0])).split(":")
    return base64.urlsafe_b64decode(f"{encoded}==").decode("latin-1") if signature else cursor[0]
