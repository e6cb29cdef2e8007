"""An image as people paste it elsewhere: link, HTML, Markdown."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html

from images.models import Image


@dataclass(frozen=True)
class Embeds:
    """What to paste where: the permanent address of the bytes, an `img` element, a Markdown image."""

    link: str
    html: str
    markdown: str


def embeds(image: Image, alternative: str, request: HttpRequest) -> Embeds:
    """Return the snippets of `image`, `alternative` standing for it where it cannot be seen."""
    link = absolute(request, image.get_file_url())
    return Embeds(
        link=link,
        html=format_html(
            '<img src="{}" width="{}" height="{}" alt="{}">', link, image.width, image.height, alternative
        ),
        markdown=f"![{_escape_markdown(alternative)}]({link})",
    )


def absolute(request: HttpRequest, path: str) -> str:
    """Return `path` at the origin people use: IMAGELIB_PUBLIC_URL, else the one this request came to."""
    origin = settings.IMAGELIB_PUBLIC_URL
    return origin.geturl() + path if origin else request.build_absolute_uri(path)


def _escape_markdown(text: str) -> str:
    """Return `text` so that it stays plain text inside `![…]` (CommonMark 0.31, 2.4)."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))
