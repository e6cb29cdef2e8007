"""The figures of tags and months are those of a count, whatever was done to images, one by one or at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.catalogue.curation import hide, publish
from images.catalogue.tags import add_tags, remove_tags, set_tags, tag_names
from images.catalogue.taken import Taken
from images.catalogue.trash import purge, restore, trash
from images.maintenance.recounting import recount
from images.models import Image, Month, Tag, Tagging
from tests.factories import add_image, make_image
from tests.resilience.races import start

pytestmark = pytest.mark.django_db

NAMES = ["coast", "Coast", "boat", "sky"]
MOMENTS = [None, datetime(2026, 3, 31, 23, 30), datetime(2026, 4, 1), datetime(1999, 12, 31)]


def kept() -> tuple[dict, dict]:
    """Return the kept figures that are not nothing: of tags by key, and of months."""
    tags = Tag.objects.exclude(all=0, public=0).values_list("key", "public", "all")
    months = Month.objects.exclude(all=0, public=0).values_list("month", "public", "all")
    return tuple({name: (public, all_) for name, public, all_ in rows} for rows in (tags, months))


def counted() -> tuple[dict, dict]:
    """Return the same of a count in Python."""
    figures = [(Counter(), Counter()), (Counter(), Counter())]
    for image in Image.objects.filter(deleted_at=None):
        keys = [tag.key for tag in image.tags.all()]
        month = Taken.of(image).clock or image.taken_day or image.created_at
        for (public, all_), names in zip(figures, (keys, [date(month.year, month.month, 1)]), strict=True):
            all_.update(names)
            public.update(names if image.visibility == "public" else [])
    return tuple({name: (public[name], all_[name]) for name in all_} for public, all_ in figures)


def correct(image: Image, moment: datetime | None) -> None:
    image.write(*Taken.at(moment, 120, Image.TakenFrom.HAND).put(image))


def purge_and_upload(image: Image, seed: int, names: list[str]) -> None:
    trash(image)
    purge(image)
    add_image(make_image(seed=seed), tags=names)


names = st.lists(st.sampled_from(NAMES), max_size=3)
ACTS = st.one_of(
    st.tuples(st.just(set_tags), names),
    st.tuples(st.just(add_tags), names),
    st.tuples(st.just(remove_tags), names),
    st.tuples(st.sampled_from([hide, publish, trash, restore])),
    st.tuples(st.just(correct), st.sampled_from(MOMENTS)),
)


def act_on(seed: int, act: Callable, *arguments: Any) -> None:
    """Do this to the image of this seed; what is only done in the trash or out of it, there."""
    image = Image.objects.order_by("filename")[seed]
    if act not in (trash, restore) or (act is restore) == bool(image.deleted_at):
        act(image, *arguments)


@pytest.fixture
def three() -> None:
    for seed in range(3):
        add_image(make_image(seed=seed), filename=f"{seed}.jpg", tags=NAMES[seed:])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.integers(0, 2), ACTS), min_size=1, max_size=12))
def test_after_anything_that_is_done_they_are_those_of_a_count(three, acts):
    for seed, act in acts:
        act_on(seed, *act)
    assert kept() == counted()
    assert recount() == 0


def test_purging_and_uploading_again_count_too(three):
    image = Image.objects.order_by("filename")[0]
    purge_and_upload(image, 0, ["new", "coast"])
    assert kept() == counted()
    assert Tag.objects.values_list("all", "public").get(key="new") == (1, 1)


def test_a_month_is_the_one_that_the_cameras_clock_showed(three):
    image = Image.objects.first()
    correct(image, datetime(2026, 3, 31, 23, 30))
    assert (image.taken_at.astimezone(UTC).day, date(2026, 3, 1) in kept()[1]) == (31, True)
    image.write(*Taken.at(datetime(2026, 4, 1, 0, 30), 120, Image.TakenFrom.HAND).put(image))
    assert (date(2026, 3, 1) in kept()[1], date(2026, 4, 1) in kept()[1]) == (False, True)


def test_what_earlier_code_did_not_count_makes_no_figure_negative(three):
    Tag.objects.update(public=0, all=0)
    Month.objects.all().delete()
    trash(Image.objects.first())
    assert not Tag.objects.exclude(public=0, all=0).exists()
    assert recount() == 4  # three tags and the month
    assert kept() == counted()


def test_they_are_counted_afresh_in_batches(three, monkeypatch):
    monkeypatch.setattr("images.maintenance.recounting.MOST", 2)
    correct(Image.objects.order_by("filename")[0], MOMENTS[1])
    correct(Image.objects.order_by("filename")[1], MOMENTS[3])
    right = kept()
    Tag.objects.update(public=7, all=9)
    Month.objects.update(public=7, all=9)
    Month.objects.create(month=date(1900, 1, 1), public=1, all=1)
    Month.objects.filter(month=date(1999, 12, 1)).delete()
    assert recount() == 3 + 4
    assert kept() == right == counted()
    assert recount() == 0


def test_a_write_of_other_words_touches_no_figure(three, django_assert_num_queries):
    image = Image.objects.first()
    with django_assert_num_queries(3):  # with SAVEPOINT and RELEASE
        image.write("licence")


def test_an_image_that_was_purged_meanwhile_moves_nothing(three):
    image = Image.objects.first()
    Tagging.objects.filter(image=image).delete()
    Image.objects.filter(pk=image.pk).delete()
    with pytest.raises(Image.DoesNotExist):
        trash(image)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_is_done_at_once_counts_once_each(three):
    """Two acts on the same image, or on images with the same tags in the other order; a count beside them."""
    pairs = [
        ((0, trash), (0, set_tags, ["boat", "new"])),
        ((0, restore), (0, publish)),
        ((0, hide), (1, hide)),
        ((0, publish), (0, set_tags, ["sky", "coast", "newer"])),
        ((1, set_tags, ["newest", "coast"]), (2, set_tags, ["coast", "newest"])),
        ((1, correct, MOMENTS[1]), (2, correct, MOMENTS[1])),
        ((1, correct, MOMENTS[2]), (1, trash)),
        ((2, hide), (2, remove_tags, ["coast"])),
    ]
    for _ in range(4):
        for pair in pairs:
            together = Barrier(3)
            with ThreadPoolExecutor(3) as pool:
                done = [start(pool, lambda a=act: act_on(*a), together) for act in pair]
                done.append(start(pool, recount, together))
                for one in done:
                    one.result(60)
            assert kept() == counted(), pair
    assert tag_names(Image.objects.order_by("filename")[1]) == ["coast", "newest"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_who_changes_the_tags_of_an_image_holds_all_of_them(three):
    """Who publishes it next, in the same transaction, waits for no other who waits for these."""
    image = Image.objects.order_by("filename")[0]  # with coast, boat, sky

    def free() -> set[str]:
        with transaction.atomic():
            return set(Tag.objects.select_for_update(skip_locked=True).values_list("key", flat=True))

    with ThreadPoolExecutor(1) as pool:
        for change in (partial(set_tags, names=["coast", "new"]), partial(add_tags, names=["boat"])):
            with transaction.atomic():
                change(image)
                assert start(pool, free, Barrier(1)).result(60).isdisjoint(["coast", "new", "boat"])
