"""An image as people paste it elsewhere: link, HTML, Markdown, of the original and of every listed size.

Its alternative text stands for it where it cannot be seen; title and description are a caption. An image that
lacks an alternative text has an empty one: its title or file name would say nothing of what it shows.
"""

import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from images.http.origin import absolute
from images.iiif.pyramid import sizes
from images.iiif.requests import Extent
from images.models import Image
from images.pages.pictures import address, shared_size


@dataclass(frozen=True)
class Embed:
    """What to paste where: the permanent address of the bytes, an `img` or `figure`, a Markdown image."""

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


@dataclass(frozen=True)
class Words:
    """What is said of an image where it is pasted: in its place, and beneath it in lines."""

    alternative: str
    caption: list[str]

    @classmethod
    def of(cls, image: Image) -> "Words":
        lines = (line.strip() for line in (image.title, *image.description.splitlines()))
        return cls("" if image.decorative else image.alt_text, [line for line in lines if line])


def embeds(image: Image, request: HttpRequest) -> Embeds:
    """Return the snippets of `image`."""
    words = Words.of(image)
    links = {size: absolute(request, address(image, size)) for size in sizes(image.width, image.height)}
    ready = {size: _embed(link, size, words, links) for size, link in links.items()}
    return Embeds(
        _embed(absolute(request, image.get_file_url()), (image.width, image.height), words),
        [] if image.moves else list(ready.values()),
        ready[shared_size(image)],
    )


def _embed(link: str, size: Extent, words: Words, links: dict[Extent, str] | None = None) -> Embed:
    """Return the snippets of one size; the `img` offers `links`, for small windows and for dense screens."""
    width, height = size
    html = format_html(
        '<img src="{}"{} width="{}" height="{}" alt="{}">',
        *(link, _srcset(width, links) if links else "", width, height, words.alternative),
    )
    markdown = f"![{_escape_markdown(words.alternative)}]({link})"
    if words.caption:
        caption = format_html_join(mark_safe("<br>"), "{}", ((line,) for line in words.caption))
        html = format_html("<figure>{}<figcaption>{}</figcaption></figure>", html, caption)
        markdown += "\n\n" + "  \n".join(map(_line, words.caption))  # blanks before it break a line
    return Embed(link, width, height, html, markdown)


def _srcset(width: int, links: dict[Extent, str]) -> str:
    by_width = {other: link for (other, _), link in links.items() if other <= 2 * width}
    srcset = ", ".join(f"{link} {other}w" for other, link in by_width.items())
    return format_html(' srcset="{}" sizes="(max-width: {}px) 100vw, {}px"', srcset, width, width)


def _escape_markdown(text: str) -> str:
    """Return `text` so that it stays plain text inside `![…]` (CommonMark 0.31, 2.4)."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))


def _line(text: str) -> str:
    """Return `text` as a line of Markdown that is this text, and neither heading, list nor quotation."""
    escaped = re.sub(r"([&~|])", r"\\\1", _escape_markdown(text))
    return re.sub(r"\A(\d*)([#+=.)-])", r"\1\\\2", escaped)
