"""Text as it is kept, from whichever door: composed, and without characters that only act on the rest."""

import re
import unicodedata
from collections.abc import Iterable

MAX_KEYWORDS, MAX_KEYWORD_LENGTH = 100, 100  # keywords, and characters of one

MOST_COMPOSED = 4  # code points that become one (UAX 15, 12.1)
BREAKS = re.compile("\r\n?|[\v\f\x85]")
# Of the control characters all but tab, line feed, and NUL, which no door takes; then what sets the direction
# of all that follows. Joiners (ZWJ, ZWNJ) and direction marks (LRM, RLM, ALM) stay: words are spelt so.
CONTROLS = "\x01-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
# What Unicode promises never to be a character; no valid page has one.
PLANES = range(0, 0x11_0000, 0x1_0000)
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in PLANES)
ACTING = re.compile(f"[{CONTROLS}{NONCHARACTERS}]")


def clean(text: str, *, has_lines: bool = False, limit: int | None = None) -> str:
    """Return `text` as it is kept, in Unicode's form NFC; in one line unless it `has_lines`.

    A few characters have no composed form but a longer one. What is no longer than `limit` stays so, and is
    left as it was typed where composing it would make it longer; so is what will be refused, as it is longer
    in any form: many marks on one letter take a time that grows with the square of their number.
    """
    text = ACTING.sub("", BREAKS.sub("\n", text))
    text = (text if has_lines else re.sub("[\t\n]+", " ", text)).strip()
    if limit and len(text) > MOST_COMPOSED * limit:
        return text
    composed = unicodedata.normalize("NFC", text)
    return text if limit and len(text) <= limit < len(composed) else composed


def clean_keywords(words: Iterable[str]) -> list[str]:
    """Return the keywords as they are kept: clean, each once in whatever case, none empty."""
    kept: dict[str, str] = {}
    for word in words:
        if word := clean(word, limit=MAX_KEYWORD_LENGTH):
            kept.setdefault(word.casefold(), word)
    return list(kept.values())


# Taken off for comparing: accents and points (of Latin, Greek, Cyrillic, Hebrew, Arabic), and what is not
# seen: soft hyphens, joiners, marks of direction and variation. Vowel signs of Thai and of India, and the
# voicing of kana, make other words and stay.
UNCOMPARED = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U000e0000-\U000e01ef]"
)
UNDECOMPOSED = str.maketrans(  # letters whose stroke is no mark to Unicode
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
    }
)


def folded(text: str) -> str:
    """Return `text` as it is compared, in NFKC: without case, accents and what is not seen. The one folding,
    of what is searched, of what is searched for, and of the keys of tags. Folded text is folded to itself.
    """
    text = UNCOMPARED.sub("", unicodedata.normalize("NFKD", text)).casefold()
    text = UNCOMPARED.sub("", unicodedata.normalize("NFKD", text)).translate(UNDECOMPOSED)
    return unicodedata.normalize("NFKC", text)
