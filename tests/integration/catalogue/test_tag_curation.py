"""Tags renamed, merged and deleted: in batches, stopped and gone on with, beside others who tag."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from images.catalogue import tag_curation
from images.catalogue.tag_curation import delete, finish_merges, merge, rename
from images.catalogue.tags import add_tags, tag_names
from images.catalogue.trash import restore, trash
from images.errors import Busy
from images.maintenance.recounting import recount
from images.models import Image, Tag
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.resilience.races import start

pytestmark = pytest.mark.django_db

BEFORE = datetime(2001, 1, 1, tzinfo=UTC)


def tags() -> dict[str, tuple[int, int]]:
    return {tag.name: (tag.public, tag.all) for tag in Tag.objects.all()}


def found(word: str) -> int:
    return Image.objects.filter(search_text__contains=f" {word} ").count()


@pytest.fixture
def images(monkeypatch) -> list[Image]:
    """Five with a tag, of which two have another as well, one is private and one in the trash."""
    monkeypatch.setattr(tag_curation, "BATCH", 2)
    added = [
        add_image(make_image(seed=seed), tags=["coats", *(["coast"] if seed < 2 else [])])
        for seed in range(5)
    ]
    added[0].visibility = "private"
    added[0].write("visibility")
    trash(added[4])
    Image.objects.update(updated_at=BEFORE)
    return added


def coats() -> Tag:
    return Tag.objects.get(key="coats")


def test_a_tag_becomes_another(images):
    into = Tag.objects.get(key="coast")
    assert merge(coats(), into) == into
    assert (into.public, into.all) == (3, 4)
    assert tags() == {"coast": (3, 4)}
    assert [tag_names(image) for image in images] == [["coast"]] * 5
    assert (found("coats"), found("coast")) == (0, 5)
    assert not Image.objects.filter(updated_at=BEFORE).exists()
    assert recount() == 0


def test_a_renamed_tag_has_its_description_and_an_address_of_its_new_name(images):
    Tag.objects.filter(key="coats").update(description="Warm.", color="#112233")
    renamed = rename(coats(), "Rain jackets")
    assert (renamed.name, renamed.slug, renamed.description, renamed.color) == (
        *("Rain jackets", "rain-jackets", "Warm.", "#112233"),
    )
    assert tags() == {"coast": (1, 2), "Rain jackets": (3, 4)}
    assert (found("coats"), found("rain jackets")) == (0, 5)
    assert recount() == 0


def test_who_writes_a_name_otherwise_touches_no_image(images):
    before = coats()
    assert rename(before, "CÖATS").pk == before.pk
    assert (coats().name, coats().slug, coats().all) == ("CÖATS", "coats", 4)
    assert Image.objects.filter(updated_at=BEFORE).count() == 5


@pytest.mark.parametrize("name", ["Coast", "", "x" * 101, "\u0301"])
def test_a_name_that_is_none_or_anothers_is_refused(images, name):
    with pytest.raises(ValidationError):
        rename(coats(), name)
    assert tags() == {"coast": (1, 2), "coats": (3, 4)}


def test_a_deleted_tag_is_on_no_image(images):
    delete(coats())
    assert tags() == {"coast": (1, 2)}
    assert [tag_names(image) for image in images] == [["coast"]] * 2 + [[]] * 3
    assert found("coats") == 0
    assert recount() == 0


def test_what_takes_too_long_is_gone_on_with(images):
    for left in (3, 1):
        with pytest.raises(Busy, match=f"still on {left} images"):
            delete(coats(), seconds=0)
        assert recount() == 0
    with pytest.raises(Busy, match="still on 0 images"):
        delete(coats(), seconds=0)
    delete(coats(), seconds=0)
    assert tags() == {"coast": (1, 2)}


def test_a_rename_that_took_too_long_is_gone_on_with_by_saying_it_again(images):
    with pytest.raises(Busy):
        rename(coats(), "Jackets", seconds=0)
    assert tags()["coats"][1] + tags()["Jackets"][1] == 4
    with pytest.raises(ValidationError):  # it is a tag of its own already to whoever means another
        rename(Tag.objects.get(key="coast"), "Jackets")
    assert rename(coats(), "jackets").name == "Jackets"
    assert tags() == {"coast": (1, 2), "Jackets": (3, 4)}


def test_or_by_the_command_of_each_night(images):
    with pytest.raises(Busy):
        merge(coats(), Tag.objects.get(key="coast"), seconds=0)
    assert finish_merges() == 1
    with pytest.raises(Busy):
        rename(Tag.objects.get(key="coast"), "Shore", seconds=0)
    assert run("recountfigures").code == 0
    assert tags() == {"Shore": (3, 4)}
    assert finish_merges() == 0


def test_a_tag_does_not_become_itself_or_one_that_becomes_another(images):
    one, other = coats(), Tag.objects.get(key="coast")
    with pytest.raises(ValidationError):
        merge(one, one)
    with pytest.raises(Busy):
        merge(one, other, seconds=0)
    one.refresh_from_db()
    with pytest.raises(ValidationError):
        merge(other, one)


def test_one_that_was_deleted_meanwhile_is_not_there(images):
    into = Tag.objects.get(key="coast")
    one = coats()
    delete(into)
    with pytest.raises(Tag.DoesNotExist):
        tag_curation._empty(one, into, 0)
    assert tags()["coats"] == (3, 4)
    delete(one)
    assert tag_curation._empty_some(one, None, uuid4(), None) is False  # another was quicker


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_images_that_are_tagged_and_trashed_meanwhile_lose_nothing(images):
    for number, name in enumerate(["Jackets", "Parkas", "Anoraks", "Cloaks"]):
        tag = Tag.objects.get(taggings__image=images[3])
        together = Barrier(4)
        acts = [
            lambda t=tag, n=name: rename(t, n),
            lambda i=images[1], n=number: add_tags(i, [f"new {n}", "coast"]),
            lambda i=images[2], t=tag: add_tags(i, [t.name]),
            lambda i=images[0], n=number: restore(i) if n % 2 else trash(i),
        ]
        with ThreadPoolExecutor(4) as pool:
            for act in [start(pool, act, together) for act in acts]:
                act.result(60)
        assert tag_names(images[3]) == [name]
        assert name in tag_names(images[2])  # the former one too, if it was added after that was gone
        assert {"coast", f"new {number}", name} <= set(tag_names(images[1]))
        assert recount() == 0
