"""An image as people paste it elsewhere: link, HTML, Markdown, of the original and of every listed size."""

import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import format_html

from images.http.origin import absolute
from images.iiif.pyramid import sizes
from images.iiif.requests import Extent
from images.models import Image
from images.pages.pictures import address, shared_size


@dataclass(frozen=True)
class Embed:
    """What to paste where: the permanent address of the bytes, an `img` element, a Markdown image."""

    link: str
    width: int
    height: int
    html: str
    markdown: str


@dataclass(frozen=True)
class Embeds:
    """What to paste of an image. An animation has no `ready` sizes, for they would not move; of everything
    `shared` is a JPEG to show where nobody chose. The original of one that browsers do not show is a link.
    """

    original: Embed
    ready: list[Embed]
    shared: Embed


def embeds(image: Image, alternative: str, request: HttpRequest) -> Embeds:
    """Return the snippets of `image`, `alternative` standing for it where it cannot be seen."""
    links = {size: absolute(request, address(image, size)) for size in sizes(image.width, image.height)}
    ready = {size: _embed(link, size, alternative, links) for size, link in links.items()}
    return Embeds(
        _embed(absolute(request, image.get_file_url()), (image.width, image.height), alternative),
        [] if image.moves else list(ready.values()),
        ready[shared_size(image)],
    )


def _embed(link: str, size: Extent, alternative: str, links: dict[Extent, str] | None = None) -> Embed:
    """Return the snippets of one size; the `img` offers `links`, for small windows and for dense screens."""
    width, height = size
    html = format_html(
        '<img src="{}"{} width="{}" height="{}" alt="{}">',
        *(link, _srcset(width, links) if links else "", width, height, alternative),
    )
    return Embed(link, width, height, html, f"![{_escape_markdown(alternative)}]({link})")


def _srcset(width: int, links: dict[Extent, str]) -> str:
    by_width = {other: link for (other, _), link in links.items() if other <= 2 * width}
    srcset = ", ".join(f"{link} {other}w" for other, link in by_width.items())
    return format_html(' srcset="{}" sizes="(max-width: {}px) 100vw, {}px"', srcset, width, width)


def _escape_markdown(text: str) -> str:
    """Return `text` so that it stays plain text inside `![…]` (CommonMark 0.31, 2.4)."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))
