"""What a share link shows: what its maker may hand on at the moment of the visit, in its order."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.catalogue import cursors
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share, revoke, shares_of
from images.catalogue.tags import set_tags
from images.models import Album, Image, ShareLink
from tests.factories import add_image, add_rows, make_image, make_user

pytestmark = pytest.mark.django_db

Visibility = Image.Visibility


def an_image(seed: int, owner=None, visibility: str = "private", tag: str = "") -> Image:
    image = add_image(make_image(seed=seed), uploaded_by=owner, visibility=visibility)
    if tag:
        set_tags(image, [tag])
    return image


def album_of(maker, *images: Image, **said):
    album = create(maker, title="Walk", **said)
    file(maker, album, [image.pk for image in images])
    return album


def shown(secret: str) -> list[Image]:
    return Shared(live_share(secret), secret).page().rows


@pytest.fixture
def maker():
    return make_user("maker", "Contributors")


@pytest.fixture
def other():
    return make_user("other", "Contributors")


def test_an_image_by_its_link(maker):
    image = an_image(1, maker)
    _, secret = make_share(maker, image)
    shared = Shared(live_share(secret), secret)
    assert shared.page().rows == [image]
    assert shared.image(shared.name_of(image)) == image
    assert secret not in str(ShareLink.objects.values().get())


@pytest.mark.parametrize("target", ["album", "search", "selection", "ordered album", "searched album"])
def test_shows_what_its_maker_may_hand_on(maker, other, target):
    own = [an_image(number, maker, tag="walk") for number in (1, 2)]
    theirs = an_image(3, other, tag="walk")
    public = an_image(4, other, "public", tag="walk")
    beside = an_image(5, maker)
    match target:
        case "album":
            of = album_of(maker, *own, theirs, public)
        case "ordered album":
            of = album_of(maker, *own, theirs, public, ordering="filename")
        case "searched album":
            of = create(maker, title="Walk", search="tag:walk")
        case "search":
            of = "tag:walk"
        case "selection":
            of = [image.pk for image in (*own, public)]
    _, secret = make_share(maker, of)
    shared = Shared(live_share(secret), secret)
    expected = {*own, public} if target != "search" else {*own}
    assert set(shared.page().rows) == expected
    for image in expected:
        assert shared.image(shared.name_of(image)) == image
    for image in {theirs, beside, *own, public} - expected:
        with pytest.raises(Image.DoesNotExist):
            shared.image(shared.name_of(image))
    assert {pk for (pk,) in shared.values(100, "pk")} == {image.pk for image in expected}
    assert shared.values(1, "pk") is None

    own[0].deleted_at = timezone.now()
    own[0].write("deleted_at")
    assert set(shown(secret)) == expected - {own[0]}


def test_an_editor_hands_on_everything():
    editor, owner = make_user("editor", "Editors"), make_user("owner", "Contributors")
    theirs = an_image(1, owner, tag="walk")
    for of in (theirs, "tag:walk", [theirs.pk]):
        assert shown(make_share(editor, of)[1]) == [theirs]


def test_a_selection_keeps_its_order(maker):
    images = [an_image(number, maker) for number in range(4)]
    order = [images[number] for number in (2, 0, 3, 1)]
    assert shown(make_share(maker, [image.pk for image in order])[1]) == order


@pytest.mark.parametrize("target", ["album", "search", "selection"])
def test_its_pages_go_on_and_name_no_id(maker, monkeypatch, target):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    images = [an_image(number, maker, tag="walk") for number in range(5)]
    of = {
        "album": lambda: album_of(maker, *images),
        "search": lambda: "tag:walk",
        "selection": lambda: [image.pk for image in images],
    }[target]()
    _, secret = make_share(maker, of)
    shared = Shared(live_share(secret), secret)
    seen, cursor = [], None
    while True:
        page = shared.page(cursor)
        seen += page.rows
        if not page.next:
            break
        assert page.next.id not in {str(image.pk) for image in images}
        cursor = cursors.Cursor.parse(str(page.next), shared.ordering)
    assert len(seen) == 5
    assert set(seen) == set(images)
    assert shared.page(page.previous).rows == seen[2:4]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is told what to walk along")
@pytest.mark.parametrize("target", ["album", "selection"])
def test_no_visit_goes_through_the_whole_library(maker, target):
    images = add_rows(5000, uploaded_by=maker, visibility="private")
    ids = [image.pk for image in images]
    _, secret = make_share(maker, ids if target == "selection" else album_of(maker, *images))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE images_image, images_sharedimage, images_albumentry")
    with CaptureQueriesContext(connection) as asked:
        shared = Shared(live_share(secret), secret)
        assert shared.image(shared.name_of(shared.page().rows[0])) in images
    with connection.cursor() as cursor:
        for query in list(asked):
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on images_image" not in plan, plan


ENDS = {
    "revoked": lambda maker: revoke(shares_of(maker)),
    "expired": lambda maker: shares_of(maker).update(expires_at=timezone.now() - timedelta(seconds=1)),
    "maker inactive": lambda maker: type(maker).objects.update(is_active=False),
    "maker deleted": lambda maker: type(maker).objects.filter(pk=maker.pk).delete(),
}
LOSSES = {
    "trashed": lambda: Image.objects.update(deleted_at=timezone.now()),
    "purged": lambda: Image.objects.all().delete(),
    "another's": lambda: (Image.objects.update(uploaded_by=None), Album.objects.update(made_by=None)),
}


@pytest.mark.parametrize("end", [*ENDS, *LOSSES])
@pytest.mark.parametrize("target", ["image", "album", "search", "selection"])
def test_dead_links(target, end):
    maker = make_user("no", "Contributors")
    image = an_image(1, maker)
    of = {"image": image, "search": "x", "selection": [image.pk]}.get(target) or album_of(maker, image)
    _, secret = make_share(maker, of)
    assert live_share(secret)
    if end == "another's":
        maker.groups.clear()
    ENDS[end](maker) if end in ENDS else LOSSES[end]()
    lives = end in LOSSES and (target == "search" or (target == "album" and end != "another's"))
    assert _is_live(secret) == lives


def _is_live(secret: str) -> bool:
    try:
        return bool(live_share(secret))
    except ShareLink.DoesNotExist:
        return False


@pytest.mark.parametrize("secret", ["", "x", "\0", "x" * 100_000, "é"])
def test_what_never_was(secret):
    assert not _is_live(secret)


def test_who_makes_which(maker, other):
    viewer = make_user("viewer", "Viewers")
    theirs = an_image(1, other)
    album = album_of(other, theirs)
    for person in (maker, viewer):
        for of in (theirs, album, [theirs.pk]):
            with pytest.raises(PermissionDenied):
                make_share(person, of)
    for of in ("is:trashed", "", "tag:(", []):
        with pytest.raises(ValidationError):
            make_share(maker, of)
    maker.is_active = False
    with pytest.raises(PermissionDenied):
        make_share(maker, "tag:walk")


def test_names_hold_in_one_share_only(maker):
    image = an_image(1, maker)
    names = set()
    for _ in range(3):
        _, secret = make_share(maker, image)
        shared = Shared(live_share(secret), secret)
        names.add(shared.name_of(image))
    assert len(names) == 3
    with pytest.raises(Image.DoesNotExist):
        shared.image(min(names - {shared.name_of(image)}))
