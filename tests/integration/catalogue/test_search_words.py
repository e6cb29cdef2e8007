"""Which words find which texts: the same on both databases, by the condition and by the index alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.catalogue import texts
from images.catalogue.texts import FEW, has_text
from images.models import Image
from images.models.search import needle
from tests.factories import sha256
from tests.queries import matching

pytestmark = pytest.mark.django_db

TEXTS = {
    "sao": "São Paulo at night",
    "straße": "Straße in Łódź, IMG_1234-b",
    "greek": "Έλληνας Ёлка",
    "short": "A Go board by Io, f2 x-ray",
    "tokyo": "東京タワー",
    "cat": "黒猫と海",
    "thai": "น้ำตก ไทย",
    "hindi": "हिन्दी",
    "seoul": "서울역에서",
    "sale": "50% off_all \\ Tom & Jerry's",
    "half": "going on",
    "voiced": "ガラス",
}

PARTS = [
    # Words, beginnings, parts, ends; in any case, with accents or without.
    ("sao", {"sao"}),
    ("SÃO", {"sao"}),
    ("Sa\u0303o", {"sao"}),
    ("paul", {"sao"}),
    ("aul", {"sao"}),
    ("ight", {"sao"}),
    ("nightly", set()),
    ("strasse", {"straße"}),
    ("lodz", {"straße"}),
    ("ελληνας", {"greek"}),
    ("ΈΛΛΗΝ", {"greek"}),
    ("елка", {"greek"}),
    ("1234", {"straße"}),
    ("img_1234", {"straße"}),
    ("IMG 1234 B", {"straße"}),
    # One or two letters are whole words.
    ("go", {"short"}),
    ("io", {"short"}),
    ("a", {"short"}),
    ("f2", {"short"}),
    ("oa", set()),
    ("x-ray", {"short"}),
    ("ray", {"short"}),
    ("o-f", set()),  # of which the first is whole
    # Words written together: of any length, anywhere.
    ("東京", {"tokyo"}),
    ("京タ", {"tokyo"}),
    ("京", {"tokyo"}),
    ("タワー", {"tokyo"}),
    ("ﾀﾜｰ", {"tokyo"}),
    ("東タ", set()),
    ("猫", {"cat"}),
    ("海", {"cat"}),
    ("น้ำ", {"thai"}),
    ("ตก", {"thai"}),
    ("ไทย", {"thai"}),
    ("서울", {"seoul"}),
    ("에서", {"seoul"}),
    # Signs that make another word.
    ("हिन्दी", {"hindi"}),
    ("हन्द", set()),
    ("ガラス", {"voiced"}),
    ("カラス", set()),
    # Punctuation is between words; of a pattern it is none.
    ("jerry's", {"sale"}),
    ("50%", {"sale"}),
    ("g%n", set()),
    ("off_all", {"sale"}),
    ("offxall", set()),
    ("'); --", set(TEXTS)),
    ('"', set(TEXTS)),
    ("&", set(TEXTS)),
    ("", set(TEXTS)),
    ("a" * 1_000, set()),
]

PHRASES = [
    ("paulo at", {"sao"}),
    ("São Paulo", {"sao"}),
    ("paul", set()),
    ("paulo night", set()),
    ("o at", set()),
    ("off all tom", {"sale"}),
    ("img 1234 b", {"straße"}),
    ("go", {"short"}),
    ("oar", set()),
    ("going on", {"half"}),
    # Its beginning and end may be anywhere where no blank tells.
    ("東京タ", {"tokyo"}),
    ("タワー", {"tokyo"}),
    ("京", {"tokyo"}),
    ("night sticker", set()),  # the next text's word
]


@pytest.fixture(autouse=True)
def images():
    for name, title in TEXTS.items():
        Image.objects.create(
            hash=sha256(name.encode()),
            mime_type="image/jpeg",
            size=1,
            width=1,
            height=1,
            filename="sticker",
            title=title,
            source_url=f"https://example.org/{name}",
        )


def named(images) -> set[str]:
    return {url.rpartition("/")[2] for url in images.values_list("source_url", flat=True)}


@pytest.mark.parametrize(
    ("text", "is_whole", "found"),
    [(text, False, found) for text, found in PARTS] + [(text, True, found) for text, found in PHRASES],
)
def test_which_images_a_text_finds(text, is_whole, found):
    looked_for = needle(text, is_whole)
    assert named(Image.objects.filter(has_text(looked_for))) == found
    if looked_for:
        assert named(Image.objects.filter(pk__in=matching([looked_for])[: FEW + 1])) == found


def test_all_of_several_words_are_found_in_any_order_and_text():
    Image.objects.filter(source_url__endswith="sao").update(author="x")
    needles = [needle(text, False) for text in ("night", "sticker", "sao")]
    assert named(Image.objects.filter(pk__in=matching(needles))) == {"sao"}
    assert named(Image.objects.filter(pk__in=matching([*needles, needle("go", False)]))) == set()


def test_no_more_are_looked_up_than_are_asked_for(monkeypatch):
    monkeypatch.setattr(texts, "FEW", 3)
    with CaptureQueriesContext(connection) as asked:
        assert len(matching(["sticker"])[:4]) == 4
    assert len(asked) == 1


def test_the_index_of_texts_is_asked():
    """With few rows PostgreSQL would read them all: it is told not to."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = matching(["sticker"])[: FEW + 1].explain()
        assert "images_image_search_text" in plan
    else:
        plan = matching(["sticker"])[: FEW + 1].explain()
        assert "images_search VIRTUAL TABLE INDEX" in plan
        assert "SEARCH images_image USING INDEX images_image_search_key (search_key=?)" in plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's index knows the places of trigrams")
@pytest.mark.parametrize("text", ["ru", "of ru", "r"])
def test_short_words_have_an_index_of_their_own(text):
    """Most texts have words that begin like one of two letters, and others that end like it. Two of them are
    in either index, of which so few rows decide nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = matching([needle(text, True)])[: FEW + 1].explain()
    assert "images_short_words(search_text)" in plan
    assert "images_image_short_words" in plan or (" " in text and "images_image_search_text" in plan)
    assert ("search_text ~~" in plan or "search_text)::text ~~" in plan) == (" " in text)
