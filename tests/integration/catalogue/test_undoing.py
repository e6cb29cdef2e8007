"""Undoing: in reverse it gives what was before, and what another said since is never lost."""

import random
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from images.catalogue.curation import act, restoring, shifting_dates, showing, tagging, trashing
from images.catalogue.history import history_of, recorded, states
from images.catalogue.undoing import undo
from images.catalogue.undone import is_same, undoable
from images.maintenance.recounting import recount
from images.models import Change, Image
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

ANY = settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink one of these takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = ("title", "description", "alt_text")
ACTIONS = (
    *(lambda tags: tagging(add=tags), lambda tags: tagging(remove=tags)),
    *(lambda _: showing("private"), lambda _: showing("public")),
    *(lambda _: trashing(), lambda _: restoring()),
)


@pytest.fixture
def people():
    return [make_user(name, "Editors") for name in ("ana", "ben")]


@pytest.fixture
def images() -> list[Image]:
    return [add_image(make_image(seed=seed), tags=["sea"], filename=f"{seed}.jpg") for seed in range(3)]


@contextmanager
def alike():
    """Have each example begin with the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def edit(user, pk, chance: random.Random) -> None:
    with transaction.atomic(), recorded(user, [pk]):
        image = Image.objects.get(pk=pk)
        for name in chance.sample(WORDS, 2):
            setattr(image, name, chance.choice(["", "a", "b"]))
        image.write(*WORDS)


def do_something(people, ids, chance: random.Random) -> None:
    """Do something by somebody to some images, or undo an earlier change or action."""
    user, some = chance.choice(people), chance.sample(ids, chance.randint(1, len(ids)))
    there = list(Change.objects.order_by("at", "pk"))
    match chance.randrange(4):
        case 0 if there:
            change = chance.choice(there)
            undo(user, chance.choice([change.pk, change.action]))
        case 1:
            edit(user, some[0], chance)
        case 2:
            act(user, shifting_dates(timedelta(minutes=chance.randint(1, 9))), some)
        case _:
            tags = chance.sample(["sea", "sky", "été"], 2)
            act(user, chance.choice(ACTIONS)(tags), some)


@ANY
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_undone_in_reverse_anything_gives_what_was_before(people, images, chance, steps):
    with alike():
        ids, seen = [image.pk for image in images], []
        first = states(ids)
        for _ in range(steps):
            number = Change.objects.count()
            do_something(people, ids, chance)
            if Change.objects.count() > number:
                seen.append(Change.objects.latest("at").action)
        for action in reversed(seen):
            assert {result.code for result in undo(chance.choice(people), action).results} == {""}
        assert states(ids) == first
        assert recount() == 0


@ANY
@given(st.randoms(use_true_random=False), st.integers(2, 14))
def test_what_two_say_in_turn_is_never_lost_by_one_undoing(people, images, chance, steps):
    with alike():
        say_in_turn(people, images[0].pk, chance, steps)


def say_in_turn(people, pk, chance: random.Random, steps: int) -> None:
    """Of each name there is a pile of what was said: to undo takes what lies on top, or puts it back."""
    target = str(pk)
    ground = states([pk])[target]
    piles: dict[str, tuple[Change, ...]] = {}
    before: dict[tuple, tuple] = {}
    after: dict[tuple, tuple] = {}
    for _ in range(steps):
        number = Change.objects.count()
        do_something(people, [pk], chance)
        if Change.objects.count() == number:
            continue
        change = Change.objects.latest("at")
        for name in change.after:
            pile = before[change.pk, name] = piles.get(name, ())
            if change.undoes:
                assert pile == after[change.undoes, name]
                piles[name] = before[change.undoes, name]
            else:
                piles[name] = (*pile, change)
            after[change.pk, name] = piles[name]
        there = states([pk])[target]
        for name in {*piles, *there, *ground}:
            pile = piles.get(name, ())
            said = pile[-1].after[name] if pile else ground.get(name)
            assert is_same(name, there.get(name), said), name
    rows = list(history_of(Change.Kind.IMAGE, pk))
    on_top = {row.pk for row in rows if any(after[row.pk, name] == piles[name] for name in row.after)}
    latest = {name: row.pk for row in reversed(rows) for name in row.after}
    assert set(latest.values()) <= undoable(people[0], Image.objects.get(pk=pk), rows) <= on_top
