"""Tags go back: renamed, described, merged and deleted ones, on however many images."""

import random

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from images.catalogue import tag_curation, undoing
from images.catalogue.curation import act, tagging
from images.catalogue.tag_curation import create, delete, describe, finish_merges, merge, rename
from images.catalogue.tag_history import words_of
from images.catalogue.tags import add_tags, tag_names
from images.catalogue.undoing import undo
from images.errors import Busy
from images.maintenance.recounting import recount
from images.models import Change, Image, Tag
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.integration.catalogue.test_undoing import alike

pytestmark = pytest.mark.django_db


@pytest.fixture
def images() -> list[Image]:
    """Four, with the tags sea, sea and sky, sky, and none."""
    tags = (["sea"], ["sea", "sky"], ["sky"], [])
    return [
        add_image(make_image(seed=seed), tags=names, filename=f"{seed}.jpg")
        for seed, names in enumerate(tags)
    ]


def everything() -> tuple:
    """Return what is said of each tag that an image has, and the tags of each image."""
    tags = {tag.key: words_of(tag) for tag in Tag.objects.filter(taggings__isnull=False).distinct()}
    return tags, [tag_names(image) for image in Image.objects.order_by("filename")]


def tag(key: str) -> Tag:
    return Tag.objects.get(key=key)


def last_of_tags() -> Change:
    return Change.objects.filter(kind="tag").latest("at")


def test_what_is_done_to_a_tag_and_its_images_is_one_action(editor, images):
    describe(tag("sea"), editor, color="#123456")
    rename(tag("sea"), "Ocean", by=editor)
    merge(tag("ocean"), tag("sky"), by=editor)
    delete(tag("sky"), by=editor)
    create("new", by=editor)
    done = [(c.what, c.target) for c in Change.objects.filter(kind="tag").order_by("at")]
    assert done == [
        *(("edit", "sea"), ("rename", "ocean"), ("merge", "sky")),
        *(("delete", "sky"), ("create", "new")),
    ]
    assert {c.by for c in Change.objects.all()} == {editor}
    assert Change.objects.values("action").distinct().count() == 5
    of_images = Change.objects.filter(kind="image", target=str(images[1].pk)).order_by("at")
    assert [sorted(c.after.items()) for c in of_images] == [
        [("tag:ocean", "Ocean"), ("tag:sea", None)],
        [("tag:ocean", None)],
        [("tag:sky", None)],
    ]


@pytest.mark.parametrize("how", ["rename", "merge", "delete", "edit"])
def test_it_goes_back_and_forth(editor, images, how):
    Tag.objects.update(description="Where the sea begins.", color="#123456")
    before = everything()
    {
        "rename": lambda: rename(tag("sea"), "Ocean", by=editor),
        "merge": lambda: merge(tag("sea"), tag("sky"), by=editor),
        "delete": lambda: delete(tag("sea"), by=editor),
        "edit": lambda: rename(tag("sea"), "SEA", by=editor),
    }[how]()
    after = everything()
    assert before != after
    for _ in range(2):
        undone = undo(editor, last_of_tags().pk)
        assert {result.code for result in undone.results} == {""}
        assert everything() == before
        again = undo(editor, undone.action)
        assert {result.code for result in again.results} == {""}
        assert everything() == after
        undo(editor, again.action)
        assert everything() == before
        undo(editor, Change.objects.latest("at").action)
    assert recount() == 0


def test_what_people_did_to_images_since_stays(contributor, editor, images):
    Image.objects.update(uploaded_by=contributor)
    merge(tag("sea"), tag("sky"), by=editor)
    for what in (tagging(remove=["sky"]), tagging(add=["sky"])):
        act(contributor, what, [images[0].pk])
    add_tags(images[3], ["sky"])
    codes = [result.code for result in undo(editor, last_of_tags().pk).results]
    assert sorted(codes) == ["", "", "conflict"]
    assert everything()[1] == [["sea", "sky"], ["sea", "sky"], ["sky"], ["sky"]]


def test_who_does_not_curate_undoes_none(contributor, stranger, editor, images):
    describe(tag("sea"), editor, color="#123456")
    (result,) = undo(contributor, last_of_tags().pk).results
    assert result.code == "permission_denied"
    with pytest.raises(Change.DoesNotExist):
        undo(stranger, last_of_tags().pk)


def test_a_made_tag_goes_unless_it_is_used(editor, images):
    create("new", by=editor)
    made = last_of_tags()
    add_tags(images[3], ["new"])
    assert undo(editor, made.pk).results[0].code == "conflict"
    act(editor, tagging(remove=["new"]), [images[3].pk])
    assert undo(editor, made.pk).results[0].code == ""
    assert not Tag.objects.filter(key="new").exists()


@pytest.mark.parametrize("how", ["merge", "delete"])
def test_what_was_left_half_done_and_gone_on_with_is_one_action(editor, images, monkeypatch, how):
    monkeypatch.setattr(tag_curation, "BATCH", 1)
    before = everything()
    with pytest.raises(Busy):
        merge(tag("sea"), tag("sky"), 0, by=editor) if how == "merge" else delete(tag("sea"), 0, by=editor)
    half = last_of_tags()
    if how == "merge":
        finish_merges()
    else:
        delete(tag("sea"), by=editor)
    assert set(Change.objects.values_list("action", "by")) == {(half.action, editor.pk)}
    assert {result.code for result in undo(editor, half.pk).results} == {""}
    assert everything() == before


def test_half_done_it_goes_back_too(editor, images, monkeypatch):
    monkeypatch.setattr(tag_curation, "BATCH", 1)
    before = everything()
    with pytest.raises(Busy):
        merge(tag("sea"), tag("sky"), 0, by=editor)
    undo(editor, last_of_tags().pk)
    assert everything() == before
    run("recountfigures")
    assert everything() == before


@pytest.mark.parametrize("how", ["rename", "merge", "delete"])
def test_what_takes_too_long_is_gone_on_with(editor, monkeypatch, how):
    for seed in range(6):
        add_image(make_image(seed=seed), tags=["sea", "sky"][seed == 5 :], filename=f"{seed}.jpg")
    before = everything()
    {
        "rename": lambda: rename(tag("sea"), "Ocean", by=editor),
        "merge": lambda: merge(tag("sea"), tag("sky"), by=editor),
        "delete": lambda: delete(tag("sea"), by=editor),
    }[how]()
    done = last_of_tags()
    monkeypatch.setattr(undoing, "BATCH", 2)
    for back in (0, 2, 4):  # the tag is there at first, on none
        with pytest.raises(Busy):
            undo(editor, done.pk, seconds=0)
        assert tag("sea").all == back
    assert {result.code for result in undo(editor, done.pk, seconds=0).results} == {""}
    assert everything() == before
    assert recount() == 0


@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.randoms(use_true_random=False), st.integers(1, 10))
def test_undone_in_reverse_anything_gives_the_tags_of_before(editor, images, chance, steps):
    with alike():
        before, done = everything(), []
        for _ in range(steps):
            number = Change.objects.count()
            do_something(editor, images, chance)
            if Change.objects.count() > number:
                done.append(Change.objects.latest("at").action)
        for action in reversed(done):
            assert {result.code for result in undo(editor, action).results} == {""}
        assert everything() == before
        assert recount() == 0


def do_something(user, images, chance: random.Random) -> None:
    keys = list(Tag.objects.order_by("key").values_list("key", flat=True))
    one, other = (tag(chance.choice(keys)) if keys else None for _ in range(2))
    match chance.randrange(6):
        case 0 if one:
            describe(one, user, color=chance.choice(["", "#123456"]))
        case 1 if one:
            try:
                rename(one, chance.choice(["sea", "SEA", "sky", "ocean"]), by=user)
            except ValidationError:
                return
        case 2 if one and other and one != other:
            merge(one, other, by=user)
        case 3 if one:
            delete(one, by=user)
        case 4 if Change.objects.exists():
            change = chance.choice(list(Change.objects.order_by("at", "kind", "target")))
            try:
                undo(user, change.action)
            except Change.DoesNotExist:
                return
        case _:
            names = chance.sample(["sea", "sky", "ocean"], 2)
            some = [image.pk for image in chance.sample(images, 2)]
            act(user, chance.choice([tagging(add=names), tagging(remove=names)]), some)


def test_many_images_cost_no_more_statements_than_some(editor, django_assert_max_num_queries):
    some = [add_image(make_image(seed=seed), tags=["sea"]).pk for seed in range(30)]
    done = act(editor, tagging(add=["sky", "ocean"]), some)
    act(editor, tagging(remove=["sky"]), some[:1])
    with django_assert_max_num_queries(50):
        undone = undo(editor, done.action)
    assert [len(result.undone) for result in undone.results].count(2) == 29
    assert Tag.objects.get(key="ocean").all == 0
    assert recount() == 0
    undo(editor, undone.action)
    assert (Tag.objects.get(key="ocean").all, Tag.objects.get(key="sky").all) == (30, 29)


def test_a_renamed_tag_whose_name_is_used_again_stays_theirs(editor, images):
    rename(tag("sea"), "ocean", by=editor)
    mine = last_of_tags()
    rename(tag("ocean"), "sea", by=editor)
    after = everything()
    assert {result.code for result in undo(editor, mine.pk).results} <= {"", "conflict"}
    assert everything() == after
