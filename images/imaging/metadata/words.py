"""Text in packets: which letters its bytes mean, and how much of it is kept."""

import codecs
import re
from collections.abc import Iterable

from images.text import MAX_KEYWORD_LENGTH, MAX_KEYWORDS, clean, clean_keywords

MAX_TEXT = 200  # characters of one value
# Characters of each word, as many as its field in the row holds where it has one.
LIMITS = {
    "title": 200,
    "headline": 200,
    "description": 10_000,
    "alt_text": 1_000,
    "author": 200,
    "credit": 200,
    "copyright": 500,
    "usage_terms": 1_000,
    "source": 200,
    "licence_url": 2_000,
    "source_url": 2_000,
}
HAVE_LINES = {"description", "alt_text", "copyright", "usage_terms"}

MAX_JUDGED = 20_000  # bytes by which a coding is told
WINDOWS, MACINTOSH = "cp1252", "mac_roman"
JAPANESE = "iso2022_jp"
for _name in (WINDOWS, MACINTOSH, JAPANESE, "utf-16-le", "utf-16-be", "utf-32", "latin-1"):
    codecs.lookup(_name)  # a confined child can import no codec

# What cameras and programs write by themselves into every file, in place of a description.
BY_ITSELF = re.compile(
    r"olympus digital camera|olympus imaging camera|sony dsc|minolta dsc|konica minolta digital camera|"
    r"kodak digital still camera|digital ?(still )?camera|exif[_ ]jpeg([_ ]\w+)?|jpeg picture|<?digimax.*>?|"
    r"dcim[\\/].*|dji_.*|(image|photo|picture) ?description|untitled|created with (the )?gimp",
    re.IGNORECASE,
)
URL = re.compile(r"https?://[\w-]+(\.[\w-]+)+(:\d{1,5})?([/?#][^\s<>\"\\^`{|}]*)?", re.IGNORECASE)


def decoded(raw: bytes) -> str:
    """Return text whose coding nothing tells."""
    return raw.decode(coding(raw), "replace")


def coding(raw: bytes) -> str:
    """Return the coding of text where nothing tells it: UTF-8, or that of Windows or the Macintosh that makes
    the likelier words.
    """
    try:
        raw.decode()
        return "utf-8"
    except UnicodeDecodeError:
        return max(
            (WINDOWS, MACINTOSH), key=lambda name: _likelihood(raw[:MAX_JUDGED].decode(name, "replace"))
        )


def _likelihood(text: str) -> int:
    """Return how many of the letters beyond ASCII stand where words have such, less those that do not."""
    likely = 0
    for before, letter, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if letter.isascii() or letter == "\u2019":  # an apostrophe
            continue
        if not letter.isalpha() or letter == "\u0192":  # of guilders
            likely -= 2 if before.isalpha() and after.isalpha() else 0
        elif letter.islower() or not before.isalpha() or (before.isupper() and not after.islower()):
            likely += 1
        else:
            likely -= 1
    return likely


def line(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` in one line, as the rows keep text, at most `limit` characters of it."""
    return clean(_bounded(text, limit))[:limit].rstrip()


def lines(text: str, limit: int) -> str:
    """Return `text` as the rows keep text that has lines, at most `limit` characters of it."""
    return clean(_bounded(text, limit), has_lines=True)[:limit].rstrip()


def _bounded(text: str, limit: int) -> str:
    """Return so much of `text` that composing what is left cannot be what takes time. NUL ends no page."""
    return text.replace("\0", "")[: 4 * limit]


def word(name: str, text: str) -> str:
    """Return `text` as the word of this name, clean and no longer than it may be; empty if it is none."""
    kept = (lines if name in HAVE_LINES else line)(text, LIMITS[name])
    return "" if name in ("title", "description") and BY_ITSELF.fullmatch(kept.strip(" .")) else kept


def keywords(texts: Iterable[str]) -> list[str]:
    """Return the keywords as the rows keep them: each once, at most MAX_KEYWORDS, each cut to its length."""
    return clean_keywords(line(text, MAX_KEYWORD_LENGTH) for text in texts)[:MAX_KEYWORDS]


def url(text: str) -> str:
    """Return `text` if it is an address of the web that the rows can keep, else nothing."""
    text = text.strip()
    return text if len(text) <= LIMITS["source_url"] and URL.fullmatch(text) else ""
