"""Reads the text chunks of a PNG, by the keywords that its specification names (third edition, 11.3.3.2).

Comments, of other formats too, are more often by programs than by people: they are nobody's words.
"""

from typing import Any

from images.imaging.metadata import words

NAMES = {"title", "author", "description", "copyright"}


def read(content: bytes) -> dict[str, Any]:
    """Return what a text chunk says."""
    keyword, _, text = content.partition(b"\0")
    name = keyword.decode("latin-1").lower()
    return {name: words.decoded(text)} if name in NAMES else {}
