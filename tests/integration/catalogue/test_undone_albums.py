"""Albums go back: what is said of them, their images and the order, and whole ones that were deleted."""

import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from images.catalogue import album_entries
from images.catalogue.album_curation import create, delete, describe
from images.catalogue.album_entries import FIRST, file, move, unfile
from images.catalogue.album_history import words_of
from images.catalogue.curation import act, trashing
from images.catalogue.trash import purge
from images.catalogue.undoing import undo
from images.catalogue.undone_places import reordered
from images.maintenance.recounting import recount
from images.models import Album, AlbumEntry, Change, Image
from tests.factories import add_image, make_image, make_user
from tests.integration.catalogue.test_undoing import alike

pytestmark = pytest.mark.django_db


@pytest.fixture
def images() -> list[Image]:
    return [add_image(make_image(seed=seed), filename=f"{seed}.jpg") for seed in range(5)]


@pytest.fixture
def album(contributor, images) -> Album:
    album = create(contributor, "Porto", visibility="public")
    file(contributor, album, [image.pk for image in images])
    return album


def order() -> str:
    entries = AlbumEntry.objects.select_related("image").order_by("position", "pk")
    return "".join(entry.image.filename[0] for entry in entries)


def ids(images, numbers: str) -> list:
    return [images[int(number)].pk for number in numbers]


def latest() -> Change:
    return Change.objects.latest("at")


def everything() -> dict:
    """Return what is said of each album, and its images in their order."""
    return {
        album.pk: words_of(album)
        | {"images": list(album.entries.order_by("position", "pk").values_list("image", flat=True))}
        for album in Album.objects.all()
    }


def steps() -> list[tuple]:
    changes = Change.objects.filter(kind="album").order_by("at")
    return [(change.by and change.by.username, change.what, change.number) for change in changes]


def test_what_is_done_to_an_album_is_written(contributor, editor, album, images):
    describe(editor, album, title="Lisbon", cover_id=images[1].pk)
    move(contributor, album, images[4].pk, FIRST)
    unfile(contributor, album, ids(images, "12"))
    describe(editor, album, title="Lisbon")
    delete(album, by=editor)
    assert [step[:2] for step in steps()] == [
        ("contributor", "create"),
        ("contributor", "file"),
        ("editor", "edit"),
        ("contributor", "move"),
        ("contributor", "unfile"),
        ("editor", "delete"),
    ]


def test_to_write_it_costs_two_queries_more(contributor, album, images, django_assert_max_num_queries):
    with django_assert_max_num_queries(17):
        file(contributor, album, ids(images, "4"), before=FIRST)


def test_a_deleted_album_comes_back_as_it_was(contributor, album, images):
    describe(contributor, album, title="Lisbon", cover_id=images[2].pk, ordering="-taken_at")
    before, made = everything(), Album.objects.get().created_at
    delete(album, by=contributor)
    taken = create(contributor, "Porto")
    assert taken.slug == "porto"
    assert undo(contributor, Change.objects.get(what="delete").pk).results[0].code == ""
    assert everything()[album.pk] == before[album.pk]
    again = Album.objects.get(pk=album.pk)
    assert (again.created_at, again.made_by, again.public, again.all) == (made, contributor, 5, 5)
    assert sorted(again.slugs.values_list("slug", flat=True)) == ["lisbon"]
    undo(contributor, latest().pk)
    assert list(Album.objects.all()) == [taken]
    undo(contributor, latest().pk)
    assert everything()[album.pk] == before[album.pk]


def test_a_made_album_goes_away_unless_somebody_changed_it(contributor, editor, images):
    album = create(contributor, "Porto")
    made = latest()
    file(editor, album, ids(images, "0"))
    assert undo(contributor, made.pk).results[0].code == "conflict"
    undo(editor, latest().pk)
    describe(editor, album, title="PORTO")
    assert undo(contributor, made.pk).results[0].code == "conflict"
    undo(editor, latest().pk)
    assert undo(contributor, made.pk).results[0].code == ""
    assert not Album.objects.exists()


def test_an_entry_that_another_moved_since_stays(contributor, editor, album, images):
    unfile(contributor, album, ids(images, "12"))
    mine = latest()
    file(editor, album, ids(images, "1"), before=FIRST)
    assert order() == "1034"
    assert undo(contributor, mine.pk).results[0].undone == [f"image:{images[2].pk}"]
    assert order() == "10234"
    file(contributor, album, ids(images, "40"), before=FIRST)
    mine = latest()
    file(editor, album, ids(images, "0"), before=images[3].pk)
    assert order() == "41203"
    (result,) = undo(contributor, mine.pk).results
    assert (result.undone, result.left) == ([f"image:{images[4].pk}"], {f"image:{images[0].pk}": "conflict"})
    assert order() == "12034"


def test_a_title_goes_back_with_its_address(contributor, editor, album):
    describe(contributor, album, title="Lisbon", description="Mine", visibility="private")
    mine = latest()
    describe(editor, album, description="Theirs")
    (result,) = undo(contributor, mine.pk).results
    assert result.left == {"description": "conflict"}
    assert words_of(Album.objects.get()) | {"cover": None} == {
        "title": "Porto",
        "slug": "porto",
        "description": "Theirs",
        "search": "",
        "visibility": "public",
        "ordering": "hand",
        "cover": None,
    }


def test_a_title_goes_back_to_the_address_that_it_had_though_a_better_one_is_free(contributor, album):
    other = create(contributor, "Lisbon")
    describe(contributor, other, title="Porto")
    assert other.slug == "porto-2"
    delete(album, by=contributor)
    deleted = latest()
    describe(contributor, other, title="Lisbon")
    undo(contributor, latest().pk)
    undo(contributor, deleted.pk)
    assert set(Album.objects.values_list("slug", flat=True)) == {"porto", "porto-2"}


def test_only_who_may_change_the_album_undoes(contributor, editor, stranger, album):
    describe(contributor, album, title="Lisbon")
    mine = latest()
    other = make_user("other", "Contributors")
    assert undo(other, mine.pk).results[0].code == "permission_denied"
    delete(album, by=contributor)
    for user in (other, stranger):
        with pytest.raises(Change.DoesNotExist):
            undo(user, latest().pk)
    assert undo(editor, latest().pk).results[0].code == ""
    assert Album.objects.get().title == "Lisbon"


def test_what_was_purged_or_trashed_stands_in_nobodys_way(contributor, editor, album, images):
    unfile(contributor, album, ids(images, "123"))
    mine = latest()
    act(editor, trashing(), ids(images, "23"))
    purge(images[3])
    assert undo(contributor, mine.pk).results[0].code == ""
    assert (order(), Album.objects.get().all) == ("0124", 3)
    assert recount() == 0


def test_a_bound_of_albums_holds(contributor, editor, album, images, monkeypatch):
    unfile(contributor, album, ids(images, "12"))
    mine = latest()
    monkeypatch.setattr(album_entries, "MOST", 4)
    assert undo(contributor, mine.pk).results[0].code == "conflict"
    assert order() == "034"


def test_images_go_before_what_followed_them():
    assert "".join(reordered("adeg", {"b": "c", "c": "d", "f": "g", "h": None, "i": "z"})) in (
        "abcdefghi",
        "abcdefgih",
    )


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_undone_in_reverse_anything_gives_the_albums_of_before(
    contributor, editor, album, images, chance, steps
):
    with alike(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(album_entries, "GAP", 3)
        before, done = everything(), []
        for _ in range(steps):
            number = Change.objects.count()
            do_something(chance.choice([contributor, editor]), images, chance)
            if Change.objects.count() > number:
                done.append(latest().action)
        for action in reversed(done):
            assert {result.code for result in undo(editor, action).results} == {""}
        assert everything() == before
        assert recount() == 0


def do_something(user, images, chance: random.Random) -> None:
    there = list(Change.objects.order_by("at", "pk"))
    albums = list(Album.objects.order_by("created_at"))
    some = ids(images, "".join(chance.sample("01234", chance.randint(1, 5))))
    kind = chance.randrange(7)
    if kind == 0 or not albums:
        create(user, chance.choice(["Porto", "Lisbon"]))
        return
    album = chance.choice(albums)
    inside = list(album.entries.order_by("position", "pk").values_list("image", flat=True))
    match kind:
        case 1:
            describe(user, album, title=chance.choice(["Porto", "PORTO", "Lisbon"]), description="a")
        case 2:
            unfile(user, album, some)
        case 3:
            delete(album, by=user)
        case 4 if there:
            undo_any(user, chance.choice(there))
        case 5 if inside:
            describe(user, album, cover_id=chance.choice(inside))
        case _:
            file(user, album, some, chance.choice([None, FIRST, *inside]))


def undo_any(user, change: Change) -> None:
    with suppress(Change.DoesNotExist):  # of an album that was deleted since
        undo(user, change.pk)
