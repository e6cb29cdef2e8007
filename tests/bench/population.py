"""A library of any number of images without their files: rows made of numbers, written past the models.

Words by Zipf from 20,000, tags from 2,000, cameras from 40; 10 % private, 3 % in the trash; two renditions
each; one in ten was changed once, and one of them a thousand times, after all others. The same count gives
the same rows. Indexes and triggers are put aside meanwhile, and made again.
"""

# ruff: noqa: S608 (no name in these statements comes from anybody)

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, islice
from typing import Any
from uuid import UUID, uuid5

from django.core.management.color import no_style
from django.db import connection, transaction

from tests.bench.rows import columns_of, insert, run, without_indexes

WORDS, TAGS, CAMERAS, LENSES, PEOPLE = 20_000, 2_000, 40, 60, 20
BEGAN, YEARS = datetime(2023, 1, 1, tzinfo=UTC), 3  # of the uploads, evenly
TAKEN_YEARS = 15  # before the upload, at the most
BATCH = 10_000
ALBUMS, FILED = 1_000, 10_000  # and images in each of the two largest
CHANGES = 1_000  # of the busiest image
ALBUM_SLUGS = ("everyday", "by-title", "gifs")  # of the first
SIDES = ((6000, 4000), (4000, 6000), (4032, 3024), (3024, 4032), (1920, 1080), (2000, 2000))
TYPES = (("image/jpeg", 80), ("image/png", 10), ("image/webp", 6), ("image/avif", 3), ("image/gif", 1))
LICENCES = (("", 70), ("CC-BY-4.0", 20), ("CC0-1.0", 9), ("MIT", 1))
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "ão")]


def vocabulary() -> list[str]:
    """Return all words, the most frequent first."""
    chance = random.Random("words")
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4))))] = None
    return list(words)


def by_zipf(count: int) -> list[float]:
    """Return the cumulated weights of `count` things: the n-th comes an n-th as often as the first."""
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


WORDS_BY_RANK = vocabulary()
TAGS_BY_RANK = [
    f"{word} {number}" if number % 3 else word for number, word in enumerate(WORDS_BY_RANK[100:2100])
]
_word_weights, _tag_weights = by_zipf(WORDS), by_zipf(TAGS)
_gear_weights = {count: by_zipf(count) for count in (CAMERAS, LENSES, PEOPLE)}


def people(names: Sequence[str]) -> list[int]:
    """Make the people of these names, and others; return all their ids."""
    from django.contrib.auth import get_user_model

    others = [f"person{number}" for number in range(PEOPLE - len(names))]
    users = get_user_model().objects
    return [users.get_or_create(username=name)[0].pk for name in (*others, *names)]


class Rows:
    """The rows of `count` images uploaded by these people, one after another."""

    def __init__(self, count: int, uploaders: Sequence[int]):
        self._chance = random.Random("library")
        self._step = timedelta(days=365 * YEARS) / count
        self._uploaders = uploaders
        self._count = count

    def __iter__(self) -> Iterator[tuple[dict[str, Any], list[int]]]:
        """Yield the columns of each image, and the ranks of its tags."""
        for number in range(self._count):
            yield self._image(number)

    def _words(self, least: int, most: int) -> str:
        count = self._chance.randint(least, most)
        return " ".join(self._chance.choices(WORDS_BY_RANK, cum_weights=_word_weights, k=count))

    def _image(self, number: int) -> tuple[dict[str, Any], list[int]]:
        chance = self._chance
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        created_at = BEGAN + number * self._step
        taken_at = created_at - timedelta(seconds=chance.randrange(TAKEN_YEARS * 365 * 86_400))
        is_photograph, is_described = chance.random() < 0.8, chance.random() < 0.5
        tags = list(dict.fromkeys(_pick(chance, _tag_weights) for _ in range(chance.randrange(5))))
        (width, height) = chance.choice(SIDES)
        (mime_type,) = chance.choices(*zip(*TYPES, strict=True))
        (licence,) = chance.choices(*zip(*LICENCES, strict=True))
        camera = f"Maker X{_pick(chance, _gear_weights[CAMERAS]):03}" if is_photograph else ""
        lens = f"Lens {_pick(chance, _gear_weights[LENSES]) + 20} mm" if is_photograph else ""
        iso, f_number = (
            (2 ** chance.randrange(7) * 100, chance.choice((1.4, 2.8, 4, 8))) if camera else (None,) * 2
        )
        facts = {"camera": camera, "lens": lens, "iso": iso, "f_number": f_number} if camera else {}
        values = {
            "id": UUID(digest[:32]),
            "hash": digest,
            "mime_type": mime_type,
            "size": chance.randrange(100_000, 12_000_000),
            "width": width,
            "height": height,
            "frames": 12 if mime_type == "image/gif" else 1,
            "filename": f"IMG_{number:07}.{mime_type[6:]}",
            "metadata": json.dumps(facts),
            "has_location": chance.random() < 0.05,
            "placeholder": "data:image/webp;base64," + "A" * 120,
            "verified_at": created_at + timedelta(days=30) if chance.random() < 0.7 else None,
            "taken_at": taken_at if is_photograph else None,
            "taken_day": taken_at.date() if is_photograph else None,
            "taken_from": "file" if is_photograph else "",
            "title": self._words(1, 4) if chance.random() < 0.6 else "",
            "description": self._words(5, 20) if is_described else "",
            "alt_text": self._words(4, 10) if is_described else "",
            "author": f"Author {_pick(chance, _gear_weights[PEOPLE])}" if is_described else "",
            "licence": licence,
            "visibility": "private" if chance.random() < 0.1 else "public",
            "uploaded_by_id": self._uploaders[_pick(chance, _gear_weights[PEOPLE])],
            "created_at": created_at,
            "updated_at": created_at,
            "deleted_at": created_at + timedelta(days=9) if chance.random() < 0.03 else None,
            "camera": camera,
            "lens": lens,
            "iso": iso,
            "f_number": f_number,
            "dated_at": taken_at if is_photograph else created_at,
            "search_key": (created_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
        }
        values["keywords"] = json.dumps([TAGS_BY_RANK[rank] for rank in tags])
        values["search_text"] = search_text(values, [TAGS_BY_RANK[rank] for rank in tags])
        return values, tags


def _pick(chance: random.Random, weights: list[float]) -> int:
    return chance.choices(range(len(weights)), cum_weights=weights)[0]


def search_text(values: dict[str, Any], tags: Sequence[str]) -> str:
    """Return what a search reads of the image, as images.models.search makes it of words like these."""
    said = ("title", "description", "alt_text", "author", "filename", "camera", "lens")
    texts = (*(values[name] for name in said), *tags)
    lines = (" ".join(map(_folded, text.split())) for text in texts)
    return "\n".join(f" {line} " for line in dict.fromkeys(lines) if line)


@lru_cache(2 * WORDS)
def _folded(word: str) -> str:
    from images.models.search import words

    return " ".join(words(word))


def fill(count: int, uploaders: Sequence[int], *, true_sizes: bool = False) -> None:
    """Fill an empty database with `count` images, and what refers to them. With `true_sizes` an object has
    the size of the text that its digest is of. The tables may be those of an earlier version, without tags.
    """
    from images.models import Album, AlbumEntry, AlbumSlug, Change, Image, Rendition, Tag, Tagging

    some: list[UUID] = []  # images, from one end of the library to the other
    with without_indexes():
        insert(Tag, (_tag(rank, name) for rank, name in enumerate(TAGS_BY_RANK)))
        rows = iter(Rows(count, uploaders))
        while batch := list(islice(rows, BATCH)):
            with transaction.atomic():
                if true_sizes:
                    batch = [(values | {"size": _true_size(values)}, tags) for values, tags in batch]
                insert(Image, (values for values, _ in batch))
                insert(Tagging, (each for values, tags in batch for each in _taggings(values, tags)))
                insert(Rendition, (each for values, _ in batch for each in _renditions(values)))
                insert(Change, (_change(values["id"], values["created_at"]) for values, _ in batch[::10]))
            some += [values["id"] for values, _ in batch][:: max(1, count // FILED)]
        albums = [_album(number, uploaders[number % len(uploaders)]) for number in range(ALBUMS)]
        insert(Album, albums)
        insert(AlbumSlug, ({"slug": album["slug"], "album_id": album["id"]} for album in albums))
        insert(AlbumEntry, (entry for album in albums for entry in _entries(album, some)))
        shown = Image.objects.filter(deleted_at=None, visibility="public").order_by()  # no index is there
        busiest = shown.values_list("pk", flat=True)[0]
        lately = BEGAN + timedelta(days=365 * YEARS)
        insert(Change, (_change(busiest, lately + timedelta(minutes=n)) for n in range(CHANGES)))
    if columns_of(Tag):
        run(*connection.ops.sequence_reset_sql(no_style(), [Tag]))  # these have their ids from here
        _count_kept_figures()


def _tag(rank: int, name: str) -> dict[str, Any]:
    from images.text import folded

    return {"id": rank + 1, "name": name, "key": folded(name), "slug": folded(name).replace(" ", "-")}


def _album(number: int, made_by: int) -> dict[str, Any]:
    """Return the columns of an album; the first two are of FILED images, one by hand and one by title, and
    the third is of what a search finds.
    """
    slug = ALBUM_SLUGS[number] if number < len(ALBUM_SLUGS) else f"album-{number}"
    at = BEGAN + timedelta(days=number)
    return {
        "id": UUID(int=number + 1),
        "slug": slug,
        "title": slug,
        "key": slug,
        "search": "type:gif" if slug == "gifs" else "",
        "ordering": "title" if slug == "by-title" else "hand",
        "visibility": "private" if number % 3 == 2 and number > 2 else "public",
        "made_by_id": made_by,
        "created_at": at,
        "updated_at": at,
    }


def _entries(album: dict[str, Any], some: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    chance = random.Random(album["slug"])
    count = {"everyday": FILED, "by-title": FILED, "gifs": 0}.get(album["slug"], chance.randrange(60))
    for number, pk in enumerate(chance.sample(some, min(count, len(some))), 1):
        place = {"position": number * 2**32, "image_id": pk, "album_id": album["id"]}
        yield {"id": UUID(int=chance.getrandbits(128))} | place


def _change(image: UUID, at: datetime) -> dict[str, Any]:
    """Return the columns of a change of its title."""
    of = {"kind": "image", "target": str(image), "what": "edit", "number": 1}
    said = {"before": json.dumps({"title": "Before"}), "after": json.dumps({"title": "After"})}
    return {"id": uuid5(image, f"{at}"), "at": at, "action": uuid5(image, f"by {at}")} | of | said


def _true_size(values: dict[str, Any]) -> int:
    return len(str(int(values["filename"][4:11])))


def _taggings(values: dict[str, Any], tags: Iterable[int]) -> Iterator[dict[str, Any]]:
    return ({"image_id": values["id"], "tag_id": rank + 1} for rank in tags)


def _renditions(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for side in (320, 640):
        spec = f"full/{side},/0/default.webp"
        digest = hashlib.sha256(f"{values['hash']} {spec}".encode()).hexdigest()
        size = len(f"{values['hash']} {spec}")
        facts = {"mime_type": "image/webp", "size": size, "width": side, "height": side}
        yield {"image_id": values["id"], "spec": spec, "hash": digest, **facts}


def _count_kept_figures() -> None:
    """Write of each tag, album and month how many images it has."""
    shown, is_public = "i.deleted_at IS NULL", "sum(CASE WHEN i.visibility = 'public' THEN 1 ELSE 0 END)"
    counted = f"""SELECT t.tag_id AS tag_id, {is_public} AS public, count(*) AS found FROM images_tagging t
        JOIN images_image i ON i.id = t.image_id WHERE {shown} GROUP BY t.tag_id"""
    filed = counted.replace("tagging", "albumentry").replace("tag_id", "album_id")
    month = "date_trunc('month', i.dated_at)::date"
    if connection.vendor == "sqlite":
        month = "date(i.dated_at, 'start of month')"
    run(
        f'UPDATE images_tag SET public = c.public, "all" = c.found FROM ({counted}) c '
        "WHERE c.tag_id = images_tag.id",
        f'UPDATE images_album SET public = c.public, "all" = c.found FROM ({filed}) c '
        "WHERE c.album_id = images_album.id",
        f'INSERT INTO images_month (month, public, "all") SELECT {month}, {is_public}, count(*) '
        f"FROM images_image i WHERE {shown} GROUP BY 1",
    )
