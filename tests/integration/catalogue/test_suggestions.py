"""What is suggested while a search is typed, and to whom."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.catalogue import names
from images.catalogue.album_curation import create
from images.catalogue.lists import ImageList
from images.catalogue.query import parse
from images.catalogue.query.fields import FIELDS
from images.catalogue.suggestions import MOST, suggestions
from images.catalogue.tags import set_tags
from images.models import Image, Tag
from images.text import folded
from tests.factories import make_user, sha256
from tests.queries import SAMPLES

pytestmark = pytest.mark.django_db

NOBODY = AnonymousUser()


def tag(name: str, public: int, all_: int | None = None) -> None:
    Tag.objects.create(
        name=name, key=folded(name), slug=folded(name), public=public, all=public if all_ is None else all_
    )


def row(camera: str = "", **fields) -> Image:
    facts = {"mime_type": "image/jpeg", "size": 1, "width": 3, "height": 2, "filename": "a.jpg"}
    metadata = {"camera": camera, "lens": fields.pop("lens", "")}
    number = Image.objects.count()
    return Image.objects.create(hash=sha256(b"%d" % number), metadata=metadata, **{**facts, **fields})


@pytest.fixture
def viewer(db):
    return make_user("vera", "Viewers")


def texts(user, typed: str) -> list[str]:
    """Return what is suggested where `|` is, the end when there is none."""
    at = typed.index("|") if "|" in typed else None
    return [suggestion.text for suggestion in suggestions(user, typed.replace("|", ""), at)]


def counts(user, typed: str) -> dict[str, int | None]:
    return {suggestion.label: suggestion.count for suggestion in suggestions(user, typed)}


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("ta", ["tag:", "taken:"]),
        ("TA", ["tag:", "taken:"]),
        ("kite -ta", ["tag:", "taken:"]),
        ("(ta", ["tag:", "taken:"]),
        ("s", ["size:", "shape:", "sort:"]),
        ("", [f"{name}:" for name in list(FIELDS)[:MOST]]),
        ("type:a", ["type:avif"]),
        ("type:jp", ["type:jpeg"]),
        ("type:", ["type:jpeg", "type:png", "type:gif", "type:webp", "type:avif", "type:heic", "type:tiff"]),
        ("is:", ["is:public", "is:animated", "is:decorative"]),
        ("has:", ["has:title", "has:description", "has:alt", "has:tags", "has:licence", "has:album"]),
        ("shape:p", ["shape:portrait"]),
        ("sort:t", ["sort:taken", "sort:title"]),
        ("sort:-t", ["sort:-taken", "sort:-title"]),
        ("uploaded:last", ["uploaded:last-week", "uploaded:last-month", "uploaded:last-year"]),
        ("taken:to", ["taken:today"]),
        ("width:", []),
        ("album:x", []),
        ("kite", []),
        ('"ta', []),
        ("\0", [f"{name}:" for name in list(FIELDS)[:MOST]]),
    ],
)
def test_the_language_itself_is_suggested(typed, suggested):
    assert texts(NOBODY, typed) == suggested


def test_everything_that_is_suggested_is_of_the_language():
    for name in FIELDS:
        for text in texts(make_user(name, "Editors"), f"{name}:"):
            parse(text)


def test_what_only_people_find_is_suggested_to_them(viewer):
    of_people = ["is:unlisted", "is:private", "is:trashed", "is:favourite"]
    assert texts(viewer, "is:") == ["is:public", *of_people, "is:animated", "is:decorative"]
    assert texts(viewer, "has:l") == ["has:licence", "has:location"]


def test_a_suggestion_says_what_it_takes_the_place_of():
    tag("Coast", 12)
    (found,) = suggestions(NOBODY, "kite -tag:co rocks", at=12)
    assert (found.text, found.label, found.kind, found.count, found.start, found.end) == (
        *("tag:Coast", "Coast", "tag", 12),
        *(6, 12),
    )


def test_tags_that_begin_so_come_first_and_the_most_used_of_these():
    for name, count in (("Coast", 2), ("coal", 9), ("West coast", 50), ("São Tomé", 1), ("gone", 0)):
        tag(name, count)
    assert texts(NOBODY, "tag:co") == ["tag:coal", "tag:Coast"]
    assert texts(NOBODY, "tag:coa") == ["tag:coal", "tag:Coast", 'tag:"West coast"']
    assert texts(NOBODY, "tag:") == ['tag:"West coast"', "tag:coal", "tag:Coast", 'tag:"São Tomé"']
    assert texts(NOBODY, "tag:sao") == texts(NOBODY, 'tag:"SÃO t|') == ['tag:"São Tomé"']
    assert texts(NOBODY, "tag:go") == []


def test_albums_are_suggested_by_their_titles_to_those_who_see_them(contributor, viewer):
    for title, visibility in (
        ("Winter", "public"),
        ("Été", "public"),
        ("Winter", "private"),
        ("A été", "public"),
    ):
        create(contributor, title, visibility=visibility)
    assert texts(NOBODY, "album:") == ["album:a-ete", "album:ete", "album:winter"]
    assert texts(NOBODY, "album:ete") == ["album:ete", "album:a-ete"]
    assert texts(NOBODY, "album:w") == ["album:winter"]
    assert sorted(texts(viewer, "album:w")) == ["album:winter", "album:winter-2"]
    assert counts(NOBODY, "album:w") == {"Winter": 0}
    assert texts(NOBODY, "alb") == ["album:"]


def test_to_file_images_the_albums_are_suggested_that_one_changes(contributor, viewer, editor):
    create(contributor, "Winter", visibility="public")
    create(editor, "Winter walks", visibility="public")
    found = {
        user.get_username(): {one.label for one in suggestions(user, "album:w", is_to_change=True)}
        for user in (NOBODY, viewer, contributor, editor)
    }
    assert found == {
        "": set(),
        "vera": set(),
        "contributor": {"Winter"},
        "editor": {"Winter", "Winter walks"},
    }


def test_a_word_may_become_a_tag():
    tag("taxi", 3)
    assert texts(NOBODY, "ta") == ["tag:", "taken:", "tag:taxi"]


def test_signs_of_the_database_are_no_signs():
    for name in ("100%", "a_b", "back\\slash"):
        tag(name, 1)
    assert texts(NOBODY, "tag:%") == texts(NOBODY, "tag:_") == texts(NOBODY, "tag:%%%") == []
    assert texts(NOBODY, "tag:100%") == ["tag:100%"]
    assert texts(NOBODY, "tag:a_") == ["tag:a_b"]
    assert texts(NOBODY, "tag:k\\s") == ["tag:back\\slash"]


def test_a_tag_of_private_images_is_counted_for_those_who_see_them(viewer):
    tag("coast", 2, 5)
    tag("court", 0, 3)
    assert counts(NOBODY, "tag:co") == {"coast": 2}
    assert counts(make_user("upload", "Contributors"), "tag:co") == {"coast": 5, "court": 3}
    assert counts(make_user("outsider"), "tag:co") == {"coast": 2}
    assert counts(viewer, "tag:co") == {"coast": 5, "court": 3}


def test_there_are_at_most_ten():
    for number in range(20):
        tag(f"tag{number}", 1)
    assert len(texts(NOBODY, "tag:t")) == len(texts(NOBODY, "t")) == MOST


def test_cameras_lenses_and_licences_are_those_of_the_images_one_sees(viewer):
    uploader = make_user("outsider")
    row("FUJIFILM X100V", lens="23mm", licence="CC-BY-4.0")
    row("FUJIFILM X100V", visibility="private", uploaded_by=uploader)
    row("X-T5", visibility="private", uploaded_by=uploader, licence="CC0-1.0", lens="XF 35mm")
    row("X-E2", deleted_at=timezone.now())
    row()
    assert counts(NOBODY, "camera:") == {"FUJIFILM X100V": 1}
    assert counts(uploader, "camera:") == {"FUJIFILM X100V": 1}
    assert counts(viewer, "camera:x") == {"X-T5": 1, "FUJIFILM X100V": 2}
    assert texts(viewer, "camera:x") == ['camera:"X-T5"', 'camera:"FUJIFILM X100V"']
    assert texts(NOBODY, "lens:") == ['lens:"23mm"']
    assert texts(viewer, "lens:xf") == ['lens:"XF 35mm"']
    assert texts(NOBODY, "licence:c") == ['licence:"CC-BY-4.0"']
    assert texts(viewer, "licence:c") == ['licence:"CC-BY-4.0"', 'licence:"CC0-1.0"']


def test_counts_have_a_bound(monkeypatch):
    for number in range(4):
        row(f"camera {number // 2}")
    monkeypatch.setattr(names, "MAX_COUNT", 1)
    assert counts(NOBODY, "camera:") == {"camera 0": 1, "camera 1": 1}


def test_names_are_found_and_counted_by_their_index_alone(viewer):
    row("X100V")
    with CaptureQueriesContext(connection) as asked:
        assert counts(NOBODY, "camera:x") == {"X100V": 1}
        assert counts(viewer, "camera:x") == {"X100V": 1}
    statements = [query["sql"] for query in asked.captured_queries if "WITH" in query["sql"]]
    assert len(statements) == 4
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN ANALYZE"}[connection.vendor]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # whose tables of one row are read as they are, and sorted
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        for statement in statements:
            cursor.execute(f"{explain} {statement}")
            steps = [step for (*_, step) in cursor.fetchall()]
            of_images = [step for step in steps if re.search(r"(SEARCH|SCAN|Scan.* on) images_image", step)]
            assert all("image_camera" in step for step in of_images), "\n".join(steps)
            assert any("image_camera" in step for step in of_images), "\n".join(steps)
            assert not [step for step in steps if re.search(r"TEMP B-TREE|Sort|Hash|Bitmap", step)], steps


def test_people_are_named_to_those_who_see_what_they_uploaded(viewer):
    ana, andy = make_user("ana"), make_user("Andy")
    row(uploaded_by=ana)
    row(uploaded_by=andy, deleted_at=timezone.now())
    assert texts(NOBODY, "by:") == []
    assert texts(viewer, "by:A") == ['by:"ana"']
    assert texts(viewer, "by:") == ['by:"ana"']
    assert texts(andy, "by:a") == ['by:"Andy"']


@pytest.mark.parametrize("typed", ["tag:coa", "coa", "camera:x", "by:a", "type:"])
def test_two_queries_are_the_most(viewer, typed, django_assert_max_num_queries):
    tag("coast", 1)
    row("X100V", uploaded_by=viewer)
    viewer.has_perm("images.view_image")  # which is asked once a request
    with django_assert_max_num_queries(2):
        assert texts(viewer, typed) or typed == "by:a"


NAMES = (
    *("Coast", "black and white", "C++", '5" disk', "“quoted”", "(c)", "a \u00b4", "ﬁne  art", "Ærø", "東京"),
    *("or", "-x", "a:b"),
)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_suggested_finds_what_was_counted(viewer, name):
    image = row(name, uploaded_by=viewer)
    row("other")
    set_tags(image, [name])
    for typed in ("tag:", "camera:"):
        found = {suggestion.label: suggestion for suggestion in suggestions(viewer, typed)}[name]
        assert found.count == 1
        listed = ImageList(viewer, (parse(found.text).tree,))
        assert list(listed.page().rows) == [image]


PIECES = st.sampled_from(
    [*SAMPLES, *(f"{name}:" for name in FIELDS), *'()-"“”«»', " ", "coa", "\0", "\ud800"]
)


@pytest.fixture
def person(viewer):
    tag('5" “coast”', 1)
    row('Maker "X"', uploaded_by=viewer)
    return viewer


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # it changes nothing
@given(st.text() | st.lists(PIECES).map("".join), st.none() | st.integers(0, 40))
def test_whatever_is_typed_a_suggestion_has_a_place_and_is_of_the_language(person, text, at):
    for found in suggestions(person, text, at):
        assert 0 <= found.start <= found.end <= len(text)
        assert found.kind == "field" or parse(found.text)
