"""Which backup is the newest, whatever a clock said when one was made."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from images.maintenance import manifest
from images.models import Image
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.resilience.database_loss import lose_the_database

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

YEARS = timedelta(days=3650)


def back_up() -> str:
    return run("backuplibrary", "--json").summary["key"]


def back_up_with_the_clock_ahead(monkeypatch) -> str:
    """Return the key of a backup made by a server whose clock is ten years ahead; the store's is right."""
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: datetime.now(UTC) + YEARS)
        return back_up()


def arrive(key: str, moment: datetime) -> None:
    """Let the store say that it got the object then."""
    os.utime(get_storage()._path(key), (moment.timestamp(),) * 2)


def backups() -> set[str]:
    return {stored.key for stored in get_storage().list("manifests/")}


def test_one_that_was_made_while_a_clock_was_ahead_is_not_the_newest_for_years(monkeypatch):
    add_image()
    ahead = back_up_with_the_clock_ahead(monkeypatch)
    Image.objects.update(title="Newer")
    right = back_up()
    assert run("prunestorage", "--delete", "--grace=0h", "--keep-manifests=1").code == 0
    assert backups() == {right}
    assert ahead != right
    lose_the_database()
    run("restorelibrary")
    assert Image.objects.get().title == "Newer"


def test_it_is_named_in_words(monkeypatch):
    add_image()
    ahead = back_up_with_the_clock_ahead(monkeypatch)
    for command in (["backuplibrary"], ["prunestorage"], ["restorelibrary", "--merge", ahead]):
        (line,) = [line for line in run(*command).lines if line.startswith(ahead)]
        assert "of the future" in line
        assert str(datetime.now(UTC).year + 9) in line or str(datetime.now(UTC).year + 10) in line


def test_what_came_after_one_that_says_it_is_of_the_future_is_adopted(monkeypatch):
    add_image()
    back_up_with_the_clock_ahead(monkeypatch)
    newer = add_image(make_image(seed=1))
    lose_the_database()
    run("restorelibrary")
    assert Image.objects.get(hash=newer.hash).visibility == "private"


def test_one_that_would_not_be_the_newest_is_refused_and_not_left_behind():
    add_image()
    ahead = back_up()
    arrive(ahead, datetime.now(UTC) + YEARS)
    result = run("backuplibrary")
    assert result.code == 2
    assert ahead in result.error
    assert "clock" in result.error
    assert backups() == {ahead}


def test_one_of_the_future_is_not_counted_and_goes_by_force():
    add_image()
    ahead = back_up()
    kept = [back_up(), back_up()]
    arrive(ahead, datetime.now(UTC) + YEARS)
    run("prunestorage", "--delete", "--grace=0h", "--keep-manifests=1")
    assert backups() == {ahead, kept[1]}
    run("prunestorage", "--delete", "--grace=0h", "--keep-manifests=1", "--force")
    assert backups() == {kept[1]}
    assert run("backuplibrary").code == 0


def test_none_goes_because_this_clock_is_behind():
    add_image()
    keys = {back_up(), back_up()}
    for key in keys:
        arrive(key, datetime.now(UTC) + YEARS)
    run("prunestorage", "--delete", "--grace=0h", "--keep-manifests=1", "--force")
    assert backups() == keys


def test_two_in_one_second_have_an_order():
    add_image()
    keys = [back_up() for _ in range(4)]
    now = datetime.now(UTC).replace(microsecond=0)  # as S3 tells the time
    for key in keys:
        arrive(key, now)
    assert manifest.newest() == keys[-1]
    assert keys == sorted(keys)
