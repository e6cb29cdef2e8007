"""Any search lists what a plain look at every row finds, in its order, page by page, for whoever asks."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.catalogue import counts, cursors, drivers, lists, sources, texts
from images.catalogue.access import may_edit, may_find, may_upload, trashed_images
from images.catalogue.cursors import Page
from images.catalogue.lists import ImageList
from images.catalogue.query import (
    And,
    Between,
    Days,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    Text,
    Word,
    conjuncts,
    parse,
)
from images.models import Album, AlbumEntry, AlbumSlug, Favourite, Image, Tag, Tagging
from images.models.indexing import reindex
from images.models.search import needle
from images.text import folded
from tests.clients.api import IMAGES, client_of
from tests.factories import make_user, sha256
from tests.queries import DIGESTS, SAMPLES, queries

pytestmark = pytest.mark.django_db

ROWS = 120
TYPES = ("image/jpeg", "image/jpeg", "image/jpeg", "image/png", "image/gif", "image/tiff")
SIDES = (100, 160, 900, 1600, 4000)
TYPED = (
    *("coast", '"a coast"', "-coast", "coast or kite", "35", "c"),
    *("tag:coast", "tag:KITE -tag:coast", "tag:hidden", "-tag:hidden", "tag:sao or tag:kite", "tag:nowhere"),
    *(
        "album:coast",
        "album:KITE -album:coast",
        "album:hidden",
        "-album:hidden",
        'album:"a coast"',
        "album:nowhere",
        "album:saved",
        "-album:saved",
        "(album:saved or tag:kite) -c",
    ),
    *("has:album", "-has:album", "(album:coast or tag:kite) -has:title"),
    *("by:ana", "by:an", 'by:"an"', "-by:kite", "type:png", "type:tif or type:gif"),
    *("is:public", "is:private", "-is:private", "is:animated", "is:trashed", "-is:trashed"),
    *("is:favourite", "-is:favourite", "is:decorative", "-is:decorative", "is:favourite or type:png"),
    *("has:title", "has:description", "has:alt", "has:licence", "-has:tags", "has:tags", "has:location"),
    *("taken:2026-01", "-taken:2025", "uploaded:2026", "uploaded:<2025-06", "min:1600", "width:>=900"),
    *("height:<900", "size:1KB", "shape:square", "-shape:portrait", "ratio:16:9", "ratio:1:1", "iso:<=100"),
    *("-iso:400", "f:1.4", "camera:camera", 'camera:"x100v"', "camera:ss", "lens:35mm", "licence:cc-by"),
    *('licence:"cc-by"', 'licence:"cc0-1.0"', *(f"hash:{digest}" for digest in DIGESTS)),
    "(tag:coast or camera:x100v) -(type:png or iso:400)",
)
ORDERINGS = ("created_at", "size", "width", "height", "title", "filename", "dated_at")


def rows(people: list) -> Iterator[Image]:
    """Yield rows of all sorts, many of them alike."""
    chance = random.Random(14)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(ROWS):
        some = chance.choices([word for word in SAMPLES if word != "-"], k=4)
        taken = now - timedelta(days=chance.randrange(400)) if chance.random() < 0.6 else None
        camera = chance.choice(("", "", "FUJIFILM X100V", "Çamera ß"))
        facts = {"camera": camera, "lens": chance.choice(("", "XF 35mm")), "iso": chance.choice((100, 400))}
        yield Image(
            hash=DIGESTS[number] if number < len(DIGESTS) else sha256(b"%d" % number),
            source_hash=DIGESTS[2] if number == 3 else None,
            mime_type=chance.choice(TYPES),
            frames=chance.choice((1, 1, 2)),
            size=chance.choice((500, 1_000, 2_000_000)),
            width=chance.choice(SIDES),
            height=chance.choice(SIDES),
            filename=f"{some[0]}.jpg".replace("/", ""),
            title=some[1] if chance.random() < 0.7 else "",
            description=" ".join(some[2:]) if chance.random() < 0.4 else "",
            alt_text=chance.choice(("", "a coast")),
            decorative=chance.random() < 0.2,
            licence=chance.choice(("", "CC-BY-4.0", "CC0-1.0")),
            has_location=chance.random() < 0.3,
            metadata={} if chance.random() < 0.3 else facts | {"f_number": chance.choice((1.4, 2.8))},
            visibility=chance.choice(("public", "public", "unlisted", "private")),
            uploaded_by=chance.choice(people),
            taken_at=taken,
            taken_day=taken and taken.date(),
            deleted_at=now if chance.random() < 0.2 else None,
            created_at=now - timedelta(days=chance.randrange(500)),
        )


@pytest.fixture
def people() -> dict:
    return {
        "viewer": make_user("viewer", "Viewers"),
        "uploader": make_user("ana", "Contributors"),
        "editor": make_user("editor", "Editors"),
        "admin": make_user("admin", is_superuser=True),
        "member": make_user("kite"),
        "nobody": AnonymousUser(),
    }


@pytest.fixture
def library(people) -> list[Image]:
    """Rows, each with its tags in `names`, as they are kept."""
    made = Image.objects.bulk_create(rows([None, people["uploader"], people["member"]]))
    for image, meant in zip(made, rows([None, people["uploader"], people["member"]]), strict=True):
        Image.objects.filter(pk=image.pk).update(created_at=meant.created_at)  # bulk_create says now
    chance = random.Random(7)
    for number, name in enumerate(("coast", "Kite", "hidden", "são")):
        tag = Tag.objects.create(name=name, key=folded(name), slug=str(number), public=number != 2, all=1)
        Tagging.objects.bulk_create(Tagging(tag=tag, image=image) for image in made if chance.random() < 0.3)
    for title, slug, visibility in (
        *(("Coast", "coast", "public"), ("kite", "kite-2", "private")),
        *(("Hidden", "hidden", "private"), ("Kite", "coast-2", "public"), ("A coast", "kite", "public")),
    ):
        album = Album.objects.create(
            title=title, key=folded(title), slug=slug, visibility=visibility, made_by=people["member"]
        )
        AlbumSlug.objects.create(slug=slug, album=album)
        AlbumEntry.objects.bulk_create(
            AlbumEntry(album=album, image=image, position=0) for image in made if chance.random() < 0.3
        )
    Album.objects.filter(slug="hidden").update(made_by=people["editor"])
    for person in (people["editor"], people["member"]):
        Favourite.objects.bulk_create(
            Favourite(user=person, image=image) for image in made if chance.random() < 0.2
        )
    saved = Album.objects.create(
        title="Saved", key="saved", slug="saved", search="coast -tag:kite", visibility="public"
    )
    AlbumSlug.objects.create(slug="saved", album=saved)
    reindex(image.pk for image in made)
    found = list(Image.objects.prefetch_related("tags", "albums", "favourites").select_related("uploaded_by"))
    for image in found:
        image.dated_at = Image._meta.get_field("dated_at").of(image)
    return found


@pytest.fixture(params=[(3, 5), (10_000, 12_000)], ids=["windows", "few"])
def bounds(request, monkeypatch) -> None:
    """Have lists look at few rows at once, or at all, and show few of them."""
    few, window = request.param
    monkeypatch.setattr(cursors, "PAGE_SIZE", 4)
    for module in (lists, counts, drivers, texts):
        monkeypatch.setattr(module, "WINDOW", window)
    for module in (sources, drivers):
        monkeypatch.setattr(module, "FEW", few)
    monkeypatch.setattr(counts, "MAX_COUNT", few)


# --- What a search means, row by row ---------------------------------------------------------------


def holds(node: Node, image: Image, user) -> bool:
    match node:
        case And(nodes):
            return all(holds(inner, image, user) for inner in nodes)
        case Or(nodes):
            return any(holds(inner, image, user) for inner in nodes)
        case Not(inner):
            return not holds(inner, image, user)
        case Word(text):
            return needle(text, False) in image.search_text
        case Phrase(text):
            return needle(text, True) in image.search_text
        case Field("is" | "has", value):
            return facts(image, user)[value.name]
        case Field("type", value):
            return image.mime_type == f"image/{value.name}"
        case Field("shape", value):
            shapes = {1: "landscape", 0: "square", -1: "portrait"}
            sign = (image.width > image.height) - (image.width < image.height)
            return shapes[sign] == value.name
        case Field("album", value):
            return is_filed(value.text, image, user)
        case Field("tag", value):
            return folded(value.text) in tags(image, user)
        case Field("by", value):
            by = image.uploaded_by
            return bool(user.is_authenticated and by and contains(by.username, value))
        case Field("camera" | "lens" as name, value):
            gear = getattr(image, name)
            return bool(gear) and contains(gear, value)
        case Field("licence", value):
            licence = image.licence.lower()
            return bool(licence) and (
                licence == value.text if value.is_whole else licence.startswith(value.text)
            )
        case Field("hash", value):
            return value.text == image.hash or (may_upload(user) and value.text == image.source_hash)
        case Field("taken", value):
            return is_within(image.taken_day, value)
        case Field("uploaded", value):
            return is_within(image.created_at.date(), value)
        case Field("min", value):
            return is_between(max(image.width, image.height), value)
        case Field("ratio", value):
            exact = (image.width * value.height, image.height * value.width)
            return 2 * abs(exact[0] - exact[1]) <= max(image.width, image.height)
        case Field(name, value):
            return is_between(getattr(image, {"f": "f_number"}.get(name, name)), value)
    raise AssertionError(node)


def facts(image: Image, user) -> dict[str, bool]:
    return {
        "public": image.visibility == "public",
        "unlisted": image.visibility == "unlisted",
        "private": image.visibility == "private",
        "trashed": image.deleted_at is not None,
        "animated": image.moves,
        "decorative": image.decorative,
        "favourite": user.pk in {favourite.user_id for favourite in image.favourites.all()},
        "title": bool(image.title),
        "description": bool(image.description),
        "alt": bool(image.alt_text),
        "licence": bool(image.licence),
        "tags": bool(tags(image, user)),
        "album": bool(albums(image, user)),
        "location": image.has_location and may_edit(user, image),
    }


def is_filed(name: str, image: Image, user) -> bool:
    """Whether it is in the album of this address or, where that is nobody's whom the person sees, title."""
    seen = {album for album in Album.objects.all() if is_seen(album, user)}
    meant = {album for album in seen if album.slug == folded(name)}
    meant = meant or {album for album in seen if album.key == folded(name)}
    searches = [parse(album.search).tree for album in meant if album.search]
    return bool(meant & albums(image, user)) or any(holds(tree, image, user) for tree in searches)


def is_seen(album: Album, user) -> bool:
    return album.visibility == "public" or user.has_perm("images.view_image") or album.made_by_id == user.pk


def albums(image: Image, user) -> set[Album]:
    return {album for album in image.albums.all() if is_seen(album, user)}


def tags(image: Image, user) -> set[str]:
    return {tag.key for tag in image.tags.all() if tag.public or user.has_perm("images.view_image")}


def contains(name: str, value: Text) -> bool:
    return needle(value.text, value.is_whole) in needle(name, True)


def is_within(day: date | None, value: Days) -> bool:
    return day is not None and (value.first or date.min) <= day <= (value.last or date.max)


def is_between(number: float | None, value: Between) -> bool:
    if number is None:
        return False
    above = (
        value.low is None
        or number > float(value.low)
        or (not value.is_low_open and number == float(value.low))
    )
    below = (
        value.high is None
        or number < float(value.high)
        or (not value.is_high_open and number == float(value.high))
    )
    return above and below


def expected(library: list[Image], tree: Node | None, user, ordering: str, is_trash: bool) -> list[Image]:
    trashed = set(trashed_images(user).values_list("pk", flat=True)) if is_trash else set()
    among = [image for image in library if (image.pk in trashed if is_trash else may_find(user, image))]
    field = ordering.lstrip("-")
    return sorted(
        (image for image in among if tree is None or holds(tree, image, user)),
        key=lambda image: (getattr(image, field), image.pk),
        reverse=ordering.startswith("-"),
    )


def walk(images: ImageList, page: Page, *, backwards: bool = False) -> list[Page]:
    """Return the pages from `page` on, each asked for anew, as by another request."""
    pages = [page]
    while cursor := pages[-1].previous if backwards else pages[-1].next:
        assert len(pages) < 2 * ROWS, "the list has no end"
        pages.append(replace(images).page(cursor))
    return pages


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    query=queries((*SAMPLES, "hidden")),
    ordering=st.builds("{}{}".format, st.sampled_from(("", "-")), st.sampled_from(ORDERINGS)),
    who=st.sampled_from(("viewer", "uploader", "editor", "admin", "member", "nobody")),
    is_trash=st.booleans(),
)
def test_any_search_finds_what_a_look_at_every_row_finds(
    library, people, bounds, query, ordering, who, is_trash
):
    assert_listed(library, people[who], query.tree, ordering, is_trash, both_ways=True)


def assert_listed(library, user, tree: Node | None, ordering: str, is_trash=False, both_ways=False) -> None:
    """Assert that all pages together are what a look at every row finds, and the count and places right."""
    meant = expected(library, tree, user, ordering, is_trash)
    images = ImageList(user, conjuncts(tree), ordering=ordering, is_trash=is_trash)
    first = images.page()
    pages = walk(images, first)
    assert listed(pages) == [image.pk for image in meant]
    back = walk(images, pages[-1], backwards=True) if both_ways else []
    assert listed(reversed(back)) == [image.pk for image in meant] * both_ways
    seen = {str(image.pk) for image in expected(library, None, user, ordering, is_trash)}
    places = {cursor.id for page in (*pages, *back) for cursor in (page.next, page.previous) if cursor}
    assert places <= seen
    is_known = len(meant) <= counts.MAX_COUNT
    unknown = [None] * (lists.WINDOW < ROWS)
    assert images.count(first) in (len(meant) if is_known else counts.MAX_COUNT + 1, *unknown)
    months = Counter(image.dated_at.date().replace(day=1) for image in meant)
    assert images.months() in (months if is_known else None, *unknown)


def listed(pages: Iterable[Page]) -> list:
    return [image.pk for page in pages for image in page.rows]


@pytest.mark.drill
@pytest.mark.parametrize(
    "who", ["member", *(pytest.param(who, marks=pytest.mark.long) for who in ("editor", "nobody"))]
)
def test_each_field_finds_what_a_look_at_every_row_finds(library, people, bounds, who):
    for text in TYPED:
        assert_listed(library, people[who], parse(text).tree, "-created_at")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | queries().map(str), signed_in=st.booleans())
def test_no_text_fails_the_server(library, people, client, text, signed_in):
    api = client_of(people["editor"] if signed_in else None)
    client.force_login(people["editor"]) if signed_in else client.logout()
    for asked in ({"search": text}, {"tag": text}):
        assert api.get(IMAGES, asked).status_code in (200, 400)
        assert client.get("/", asked).status_code == 200
