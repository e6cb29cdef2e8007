"""What the library says of an image, as it is written into a copy of its file."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


@dataclass(frozen=True)
class Words:
    """Each is what the copy says. None leaves what the file says of it, an empty one takes that out."""

    title: str | None = None
    description: str | None = None
    alt_text: str | None = None
    author: str | None = None
    credit: str | None = None
    copyright: str | None = None
    licence: str | None = None  # the address of its text
    source_url: str | None = None
    keywords: tuple[str, ...] | None = None
    taken: datetime | None = None  # by the camera's clock, with its offset where that is known


def writable(text: str) -> str:
    """Return `text` composed (NFC) and without the characters that no XML can hold."""
    return _NOT_IN_XML.sub("", unicodedata.normalize("NFC", text))


def cut(text: str, limit: int) -> bytes:
    """Return `text` in UTF-8, at most `limit` bytes of it, no character broken."""
    return writable(text).strip().encode()[:limit].decode("utf-8", "ignore").encode()
