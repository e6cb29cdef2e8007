"""A page is found by a bounded amount of work: by an index of few, or along the index of its order."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.catalogue import counts, cursors, drivers, lists, sources
from images.catalogue.access import seen_by
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.cursors import Cursor
from images.catalogue.lists import ImageList
from images.catalogue.query import conjuncts, parse
from images.models import Favourite, Image
from images.pages import gallery
from tests.factories import make_user, sha256

pytestmark = pytest.mark.django_db

MANY = 40
SAID = {"mime_type": "image/jpeg", "size": 1, "width": 3, "height": 2, "filename": "a.jpg"}


@pytest.fixture
def library(db) -> None:
    Image.objects.bulk_create(
        Image(hash=sha256(b"%d" % number), title=f"{number:02}", **SAID) for number in range(MANY)
    )


def listed(text: str, user=None, **options) -> ImageList:
    return ImageList(user or AnonymousUser(), conjuncts(parse(text).tree), **options)


def plan_of_page(images: ImageList) -> str:
    """Return how SQLite finds the rows of the first page."""
    with CaptureQueriesContext(connection) as asked:
        images.page(size=2)
    (sql,) = [
        query["sql"] for query in asked.captured_queries if '"hash"' in query["sql"].partition("FROM")[0]
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}", [])
        return "\n".join(row[3] for row in cursor.fetchall())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it has the statistics to know better")
@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("type:png", "image_mime_type"),
        ("width:>8000", "image_width"),
        ("uploaded:2019", "image_created_at"),
        ("lighthouse", "search_key"),
        ("iso:6400 -boat", "image_iso"),
    ],
)
def test_few_are_found_by_their_index_and_sorted(library, text, index):
    file = {"mime_type": "image/png", "size": 1, "width": 9000, "height": 2, "filename": "lighthouse.png"}
    Image.objects.bulk_create([Image(hash=sha256(b"rare"), title="rare", **file)])
    Image.objects.filter(title="rare").update(iso=6400, created_at=datetime(2019, 5, 1, tzinfo=UTC))
    explained = plan_of_page(listed(text, make_user("viewer", "Viewers"), ordering="title"))
    assert index in explained
    assert "image_title" not in explained
    assert "USE TEMP B-TREE FOR ORDER BY" in explained


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it has the statistics to know better")
@pytest.mark.parametrize("text", ["is:favourite", "type:jpeg width:3 height:2 size:1 is:favourite"])
def test_favourites_are_found_as_the_persons_own(library, text):
    viewer = make_user("viewer", "Viewers")
    Favourite.objects.create(user=viewer, image=Image.objects.all()[0])
    explained = plan_of_page(listed(text, viewer, ordering="title"))
    assert "favourite_newest (user_id=?)" in explained
    assert "image_title" not in explained


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it has the statistics to know better")
@pytest.mark.parametrize("text", ["type:jpeg", "width:<9", "-boat", "is:public", "jpg or type:jpeg"])
@pytest.mark.parametrize("ordering", ["title", "-created_at", "-dated_at"])
def test_many_are_found_along_the_index_of_the_order(library, monkeypatch, text, ordering):
    monkeypatch.setattr(sources, "FEW", 3)
    explained = plan_of_page(listed(text, make_user("viewer", "Viewers"), ordering=ordering))
    name = ordering.lstrip("-")
    assert f"image_{name}" in explained or (name == "created_at" and "image_newest_first" in explained)
    assert explained.count("TEMP B-TREE") == 1  # of the page's own rows, found by their ids


def test_a_page_that_found_nothing_in_so_many_rows_leads_on(library, monkeypatch):
    monkeypatch.setattr(lists, "WINDOW", 10)
    monkeypatch.setattr(sources, "FEW", 3)
    found, pages, cursor = [], 0, None
    images = listed("-00 -01", ordering="-title")
    Image.objects.filter(title__gt="15").update(title="00")
    Image.objects.filter(title="00").update(search_text=" 00 ")
    for _ in range(MANY):
        page = images.page(cursor, size=30)
        found += [image.title for image in page.rows]
        pages, cursor = pages + 1, page.next
        if not cursor:
            break
    assert found == [f"{number:02}" for number in range(15, 1, -1)]
    assert pages == 1 + MANY // 10  # the last one finds the end


@pytest.mark.parametrize("ordering", ["created_at", "-created_at"])
def test_what_a_member_sees_among_many_that_are_hidden_takes_one_query(
    library, monkeypatch, django_assert_num_queries, ordering
):
    """Public ones and the member's own each have an index: nothing is gone through."""
    monkeypatch.setattr(lists, "WINDOW", 4)
    member = make_user("member")
    Image.objects.exclude(title__in=["05", "20", "39"]).update(visibility="private")
    Image.objects.filter(title__in=["00", "20", "21"]).update(uploaded_by=member)
    images = listed("", member, ordering=ordering)
    seen = sorted(["00", "05", "20", "21", "39"], reverse=ordering[0] == "-")
    assert seen_by(member)  # what it takes to know the member
    with django_assert_num_queries(1):
        first = images.page(size=2)
    second = images.page(first.next, size=2)
    third = images.page(second.next, size=2)
    assert [[image.title for image in page.rows] for page in (first, second, third)] == [
        seen[:2],
        seen[2:4],
        seen[4:],
    ]
    assert third.next is None
    back = images.page(third.previous, size=2)
    assert [image.title for image in back.rows] == seen[2:4]


def test_an_empty_page_leads_back(library):
    """What it went on behind was moved to the trash meanwhile, or did not match."""
    images = listed("jpg", ordering="title")
    first = images.page(size=MANY - 2)
    Image.objects.filter(title__gt=first.rows[-1].title).update(search_text="")
    empty = listed("jpg", ordering="title").page(first.next)
    assert (empty.rows, empty.next) == ([], None)
    again = listed("jpg", ordering="title")
    back = again.page(empty.previous, size=3)
    assert [image.title for image in back.rows] == [image.title for image in first.rows[-3:]]
    assert again.page(back.next).rows == []


@pytest.mark.parametrize("ordering", ["title", "-title"])
def test_the_way_back_from_an_empty_page_begins_with_the_last_row(library, monkeypatch, ordering):
    """A window ended with that row, and nobody knew whether there was another behind it."""
    monkeypatch.setattr(lists, "WINDOW", 10)
    monkeypatch.setattr(sources, "FEW", 3)
    last = Image.objects.order_by(ordering)[MANY - 1]
    Image.objects.exclude(pk=last.pk).update(search_text=" boat ")
    images = listed("-boat", ordering=ordering)
    page = images.page()
    for _ in range(MANY // 10):
        page = images.page(page.next)
    assert (page.rows, page.next) == ([], None)
    found = []
    while page.previous:
        page = images.page(Cursor.parse(str(page.previous), ordering))
        found += page.rows
    assert found == [last]


@pytest.mark.parametrize("change", [{"visibility": "private"}, {"deleted_at": timezone.now()}])
def test_what_leaves_the_list_while_it_is_read_is_not_on_the_page(library, monkeypatch, change):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 10)
    read = counts.opening

    def hidden_meanwhile(*arguments):
        found = read(*arguments)
        Image.objects.filter(title__in=["03", "10"]).update(**change)
        return found

    monkeypatch.setattr(counts, "opening", hidden_meanwhile)
    first = listed("jpg", ordering="title").page()
    monkeypatch.undo()
    monkeypatch.setattr(cursors, "PAGE_SIZE", 10)
    second = listed("jpg", ordering="title").page(first.next)
    titles = [image.title for page in (first, second) for image in page.rows]
    assert titles == [f"{number:02}" for number in range(21) if number not in (3, 10)][: len(titles)]
    assert len(first.rows) == 9


def test_no_place_of_a_page_is_that_of_an_image_which_is_hidden(library, monkeypatch):
    monkeypatch.setattr(lists, "WINDOW", 4)
    monkeypatch.setattr(sources, "FEW", 3)
    shown = ("05", "31", "32")
    Image.objects.exclude(title__in=shown).update(visibility="private")
    seen = {str(pk) for pk in Image.objects.filter(visibility="public").values_list("pk", flat=True)}
    for user in (AnonymousUser(), make_user("member")):
        cursor, found = None, []
        for _ in range(MANY):
            page = listed("-boat", user, ordering="title").page(cursor, size=1)
            found += [image.title for image in page.rows]
            cursor = page.next
            if not cursor:
                break
            assert cursor.id in seen
        assert found == list(shown)


def test_where_a_page_is_short_nobody_counts(library, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(lists, "WINDOW", 10)
    images = listed("-jpg")
    first = images.page(size=2)
    assert (first.rows, first.is_short) == ([], True)
    with django_assert_num_queries(0):
        assert images.count(first) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 40), ("type:jpeg", 40), ("type:png", 0), ("jpg", 40), ("-title", None), ("is:private", 0)],
)
def test_a_count_is_exact_or_more_than_so_many_or_not_known(library, monkeypatch, text, count):
    images = listed(text)
    assert images.count(images.page(size=2)) == (MANY if count is None else count)
    monkeypatch.setattr(counts, "MAX_COUNT", 5)
    monkeypatch.setattr(sources, "FEW", 5)
    many = listed(text)
    assert many.count(many.page(size=2)) == min(6, MANY if count is None else count)
    monkeypatch.setattr(counts, "WINDOW", 4)
    unknown = listed("-boat")
    assert unknown.count(unknown.page(size=2)) is None


@pytest.mark.parametrize("who", ["nobody", "member", "viewer"])
@pytest.mark.parametrize("few", [sources.FEW, 3], ids=["few", "many"])
@pytest.mark.parametrize("ordering", ["-created_at", "title", "size"])
def test_the_neighbours_of_an_image_are_those_of_the_list_and_cost_two_queries(
    library, monkeypatch, django_assert_max_num_queries, who, few, ordering
):
    monkeypatch.setattr(sources, "FEW", few)
    member = make_user("member", *(["Viewers"] if who == "viewer" else []))
    user = AnonymousUser() if who == "nobody" else member
    Image.objects.filter(title__in=["03", "04", "39"]).update(visibility="private")
    Image.objects.filter(title__in=["04", "20"]).update(uploaded_by=member)
    for text in ("", "jpg", "-jpg", "jpg or is:public", "is:private", "uploaded:2019"):
        rows = listed(text, user, ordering=ordering).page().rows
        beside = list(zip([None, *rows], rows, [*rows[1:], None], strict=False))
        for before, image, after in [*beside[::5], *beside[-2:]]:
            images = listed(text, user, ordering=ordering)
            assert seen_by(user) is not None  # what it takes to know the member
            with django_assert_max_num_queries(2):
                assert images.neighbours(image) == (before, after)
    other = Image.objects.get(title="10")  # which the search does not find
    assert listed("39 or 05", member, ordering="title").neighbours(other)[0].title == "05"


SEARCHES = ("", "jpg -boat type:jpeg", "camera:x100v or jpg", "by:ana tag:coast", "-boat is:favourite")
SEARCHES_OF_MANY = ("jpg", "jpg -boat", "by:member", "camera:x000", "lens:20", "licence:mit", "is:public")
SEARCHES_OF_MANY += ("album:summer", "album:summer -boat")


@pytest.mark.parametrize("most", [sources.FEW, 3], ids=["few", "many"])
def test_a_page_of_a_member_costs_at_most_eight_queries(
    library, client, monkeypatch, django_assert_max_num_queries, most
):
    member = make_user("member")
    Image.objects.update(uploaded_by=member, camera="X000", lens="20 mm", licence="MIT")
    album = create(member, "Summer", visibility="public")
    file(member, album, Image.objects.values_list("pk", flat=True))
    client.force_login(member)
    for module in (sources, drivers):
        monkeypatch.setattr(module, "FEW", most)
    for module in (counts, gallery):
        monkeypatch.setattr(module, "MAX_COUNT", most)
    for text in (*SEARCHES, *SEARCHES_OF_MANY):
        for page in ("/", "/api/v1/images"):
            with django_assert_max_num_queries(8):
                assert client.get(page, {"search": text}).status_code == 200


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("width:<9 or boat", MANY),  # one side finds more than few
        ("00 or 01 or 02", 3),
        ("00 or 00", 1),
        ("00 or (01 width:<9) or nothing", 2),
        ("nothing or nowhere", 0),
        ("(00 or 01) (01 or 02)", 1),
        ("(02 or 01 or 03) jpg", 3),
        ("00 or 01 or 02 or 03 or 04", 5),  # more sides than are counted
    ],
)
@pytest.mark.parametrize("few", [sources.FEW, 2])
def test_sides_of_or_are_found_by_their_indexes_or_not(library, monkeypatch, text, count, few):
    for module in (sources, drivers):
        monkeypatch.setattr(module, "FEW", few)
    boat = Image.objects.get(title="39")
    boat.title = "boat"
    boat.write("title")
    images = listed(text, make_user("viewer", "Viewers"))
    assert (len(images.page().rows), images.count(images.page())) == (count, count)
