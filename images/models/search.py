"""The one text that a search reads of an image, and what a text that is typed looks for in it.

search_text has a line for each title, tag or other text of the row: its words, folded, a blank between two
and one at each end of the line. So ` word ` is a whole word, `wor` a part of one, and nothing goes on from
one text into the next. Both databases index it by its trigrams (migrations 0012 and 0014), and what has fewer
than three characters is found with the blanks around it.

Chinese, Japanese, Korean, Thai and their neighbours write words together, of one or two characters too. So
each character of such a run has a line as well, and each two that follow each other.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, models

from images.models.derived import EPOCH
from images.text import folded

# The texts of a row, a line each; camera and lens come from its metadata.
TEXTS = ("title", "description", "alt_text", "author", "credit", "filename", "camera", "lens")

TRIGRAM = 3  # characters; what is shorter is looked for as a whole word
TOGETHER = re.compile(  # Thai, Lao, Burmese, Khmer, kana, Han, Hangul
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def words(text: str) -> list[str]:
    """Return the folded words of `text`: runs of letters, digits and the signs written on them."""
    return "".join(
        letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " "
        for letter in folded(text)
    ).split()


def needle(text: str, is_whole: bool) -> str:
    """Return what the search_text of an image has to contain for `text` to be in it, as part of a word or as
    whole words; one or two characters are always whole. Empty when `text` has neither letter nor digit: every
    image contains that.

    Of several words (`x-1`) a first one that short is whole as well: its end alone is in most texts, and
    PostgreSQL would read them. Where words are written together there is no whole one, and its beginning or
    end may be anywhere.
    """
    parts = words(text)
    found = " ".join(parts)
    if not found:
        return ""
    if len(found) < TRIGRAM:
        return f" {found} "
    begins, ends = is_whole or len(parts[0]) < TRIGRAM, is_whole
    before = " " if begins and not TOGETHER.match(found[0]) else ""
    after = " " if ends and not TOGETHER.match(found[-1]) else ""
    return f"{before}{found}{after}"


def search_text_of(image: Any, tag_names: Iterable[str]) -> str:
    """Return the text that a search reads of this row and its tags."""
    lines = [" ".join(words(text)) for text in [*(getattr(image, name) for name in TEXTS), *tag_names]]
    parts = [part for line in lines for run in TOGETHER.findall(line) for part in _parts(run)]
    return "\n".join(f" {line} " for line in dict.fromkeys([*lines, *parts]) if line)


def _parts(run: str) -> Iterator[str]:
    yield from run
    yield from (run[start : start + 2] for start in range(len(run) - 1))


class SearchTextField(models.TextField):
    """The text that a search reads: made with the row."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        image: Any = model_instance
        value = self.of(image, [] if add else [tag.name for tag in image.tags.all()])
        setattr(model_instance, self.attname, value)
        return value

    @staticmethod
    def of(image: Any, tag_names: Iterable[str]) -> str:
        """Return the text of row and tags as they are now; of an earlier version, with keywords for tags."""
        keywords = image.keywords if image.search_key is None else ()
        return search_text_of(image, [*tag_names, *map(str, keywords)])

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class SearchKeyField(models.BigIntegerField):
    """The upload in microseconds since 1970. SQLite's index knows the row by it, and there it is moved on by
    one where another row has it.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.of(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    @staticmethod
    def of(image: Any, given: Set[int] = frozenset()) -> int:
        """Return the key for what the row says now: no other row has it at this moment, nor does `given`."""
        key: int = (image.created_at - EPOCH) // timedelta(microseconds=1)
        is_own = not image._state.adding and image.search_key == key and key not in given
        if connection.vendor == "sqlite" and not is_own:
            while key in given or _is_taken(key, image.pk):
                key += 1
        return key

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BigIntegerField", args, kwargs


def _is_taken(key: int, image_id: UUID) -> bool:
    """Whether another row of SQLite has the key. Asked by hand: Django writes it ten times as long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM images_image WHERE search_key = %s", [key])
        return any(row_id != image_id.hex for (row_id,) in cursor.fetchall())
