"""Tags of an image: what a name comes down to, which an image has, and two who change them at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError

from images.catalogue import tags
from images.catalogue.tag_names import fitting, free_slug, key_of
from images.catalogue.tags import add_tags, make_tag, remove_tags, set_tags, tag_names, visible_tags
from images.catalogue.trash import trash
from images.errors import Busy
from images.models import Image, Tag
from tests.factories import add_image, make_image
from tests.resilience.races import start

pytestmark = pytest.mark.django_db

LONG = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Coast", "cOAST"),
        ("São Paulo", "sao  paulo"),
        ("café", "cafe\u0301"),
        ("ﬁord", "FIORD"),
        ("\uff11\uff12", "12"),
    ],
)
def test_names_that_look_alike_are_one_tag(one, other):
    image = add_image(tags=[one, other])
    assert tag_names(image) == [one]
    set_tags(image, [other])
    assert tag_names(image) == [one]
    assert Tag.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C++"), ("C#", "C++"), ("re: boats", "re boats"), ("a-b", "ab")]
)
def test_signs_tell_tags_apart(one, other):
    assert len(tag_names(add_image(tags=[one, other]))) == 2


def test_each_has_an_address_of_its_own():
    add_image(tags=["C", "C++", "C#", "Rock & Roll", "Élan vital", "山 川", "!!!", "***", "a.b"])
    assert dict(Tag.objects.order_by("key").values_list("name", "slug")) == {
        "!!!": "tag",
        "***": "tag-2",
        "a.b": "a-b",
        "C": "c",
        "C#": "c-2",
        "C++": "c-3",
        "Rock & Roll": "rock-roll",
        "Élan vital": "elan-vital",
        "山 川": "山-川",
    }


def test_an_address_is_found_among_many_of_the_same_words():
    Tag.objects.bulk_create(
        Tag(name=f"{n}", key=f"{n}", slug="tag" if n == 1 else f"tag-{n}")
        for n in range(1, 10_000)
        if n != 105
    )
    assert free_slug("!") == "tag-105"
    Tag.objects.create(name="105", key="105", slug="tag-105")
    assert free_slug("!").startswith("tag-bb7208bc")
    assert len(free_slug("a" * 300)) < 300


def test_what_an_image_has_is_set_added_and_removed(django_assert_num_queries):
    image = add_image(tags=["b", "a"])
    assert tag_names(image) == ["a", "b"]
    assert set_tags(image, ["c", "A"])
    assert tag_names(image) == ["a", "c"]
    assert add_tags(image, ["d", "c", ""])
    assert remove_tags(image, ["A", "nowhere"])
    assert tag_names(Image.objects.get()) == ["c", "d"]
    assert not set_tags(image, ["D", "C"])
    assert not add_tags(image, [])
    assert set_tags(image, [])
    assert tag_names(image) == []
    assert set(Tag.objects.values_list("name", "all")) == {(name, 0) for name in "abcd"}


def test_what_was_prefetched_is_read_again():
    add_image(tags=["a"])
    image = Image.objects.prefetch_related("tags").get()
    set_tags(image, ["b"])
    assert tag_names(image) == ["b"]


def test_a_changed_image_says_when_and_one_that_stays_the_same_does_not():
    image = add_image(tags=["a"])
    Image.objects.update(updated_at=LONG)
    set_tags(image, ["A"])
    assert Image.objects.get().updated_at == LONG
    set_tags(image, ["b"])
    assert Image.objects.get().updated_at > LONG


@pytest.mark.parametrize(
    "names", [["x" * 101], ["a\0b"], [str(n) for n in range(101)], ["\u0301"], ["ﷺ" * 100], ["ok", "x" * 101]]
)
def test_what_no_image_has_is_refused_in_words_and_nothing_is_lost(names):
    image = add_image(tags=["a"])
    for change in (set_tags, add_tags):
        with pytest.raises(ValidationError):
            change(image, names)
    assert tag_names(image) == ["a"]
    assert Tag.objects.count() == 1
    assert len(fitting(names)) <= 100


def test_one_hundred_is_the_end_for_what_is_added_too():
    image = add_image(tags=[str(n) for n in range(100)])
    with pytest.raises(ValidationError):
        add_tags(image, ["100"])
    tags.change_tags(image, add=["100"], remove=["99"])
    assert len(tag_names(image)) == 100


def test_a_purged_image_has_none():
    image = add_image(tags=["a"])
    Image.objects.all().delete()
    with pytest.raises(Image.DoesNotExist):
        set_tags(image, ["b"])


def test_whoever_may_not_see_private_images_sees_tags_of_public_ones(viewer, stranger):
    add_image(tags=["public", "both"])
    add_image(make_image(seed=1), visibility="private", tags=["both", "private"], uploaded_by=stranger)
    trash(add_image(make_image(seed=2), tags=["trashed"]))
    make_tag("unused")
    everything = ["both", "private", "public", "trashed", "unused"]
    assert [tag.name for tag in visible_tags(viewer)] == everything
    for person in (AnonymousUser(), stranger):
        assert [tag.name for tag in visible_tags(person)] == ["both", "public"]


@pytest.mark.parametrize("name", ["", " ", "\u0301", "COAST", "x" * 101])
def test_a_tag_that_is_made_has_a_name_of_its_own(name):
    make_tag("coast", description="Where the sea ends.")
    with pytest.raises(ValidationError) as refused:
        make_tag(name)
    assert refused.value.message_dict.keys() == {"name"}
    assert Tag.objects.values_list("key", "slug", "description").get() == (
        "coast",
        "coast",
        "Where the sea ends.",
    )


def test_one_whose_new_tag_is_deleted_all_the_time_is_told_to_try_again(monkeypatch):
    image = add_image()
    monkeypatch.setattr(Tag.objects, "bulk_create", lambda *args, **options: None)
    with pytest.raises(Busy):
        set_tags(image, ["a"])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_who_make_the_same_new_tags_at_once_make_each_once():
    images = [add_image(make_image(seed=seed)) for seed in range(6)]
    for round_ in range(8):
        names = [f"{round_} {letter}" for letter in "abcdefgh"]
        together = Barrier(len(images))
        with ThreadPoolExecutor(len(images)) as pool:
            said = [names if number % 2 else names[::-1] for number in range(len(images))]
            acts = [
                start(pool, lambda i=image, n=these: set_tags(i, n), together)
                for image, these in zip(images, said, strict=True)
            ]
            assert all(act.result(60) for act in acts)
    for image in images:
        assert tag_names(image) == names
    figures = dict(Tag.objects.values_list("name", "all"))
    assert figures == {f"{r} {letter}": 6 if r == 7 else 0 for r in range(8) for letter in "abcdefgh"}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_uploads_at_once_with_the_same_new_tags_all_come_in(editor):
    together = Barrier(6)
    with ThreadPoolExecutor(6) as pool:

        def upload(seed: int) -> Image:
            words = ["sea", "boats", "café"] if seed % 2 else ["café", "boats", "sea"]
            return add_image(make_image(seed=seed), tags=words, uploaded_by=editor)

        acts = [start(pool, lambda s=seed: upload(s), together) for seed in range(6)]
        for act in acts:
            assert tag_names(act.result(120)) == ["boats", "café", "sea"]
    assert set(Tag.objects.values_list("key", "all", "public")) == {
        (key, 6, 6) for key in ("boats", "cafe", "sea")
    }


def test_a_key_has_one_blank_between_words_and_none_around():
    assert key_of(" A \u3000b\tC ") == "a b c"
