"""manage.py emptytrash: what was trashed long ago goes for good."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from images.catalogue import trash as module
from images.catalogue.trash import restore, trash
from images.models import Image, Purged
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


def add_trashed(seed: int, days: float) -> Image:
    image = add_image(make_image(seed=seed), title=f"Trashed {days} days ago")
    trash(image)
    Image.objects.update_or_create(pk=image.pk, defaults={"deleted_at": timezone.now() - timedelta(days)})
    return image


def titles() -> set[str]:
    return set(Image.objects.values_list("title", flat=True))


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([], {"Trashed 29 days ago", "Trashed 1 days ago", "Not trashed"}),
        (["--older-than=12h"], {"Not trashed"}),
        (
            ["--older-than=40d"],
            {"Trashed 31 days ago", "Trashed 29 days ago", "Trashed 1 days ago", "Not trashed"},
        ),
    ],
)
def test_rows_trashed_longer_ago_go(arguments, left):
    for seed, days in enumerate([31, 29, 1]):
        add_trashed(seed, days)
    add_image(make_image(seed=9), title="Not trashed")
    run("emptytrash", *arguments)
    assert titles() == left


def test_it_says_what_went_and_leaves_the_object_to_prunestorage():
    image = add_trashed(1, 31)
    assert run("emptytrash").lines == [f"{image.pk} Trashed 31 days ago", "Deleted for good: 1 images."]
    assert get_storage().exists(image.storage_key)
    assert Purged.objects.get().hash == image.hash


def test_the_same_as_json():
    image = add_trashed(1, 31)
    result = run("emptytrash", "--json")
    assert result.objects == [{"image": str(image.pk), "key": image.hash}]
    assert result.summary == {"images": 1}


def test_an_image_restored_at_the_last_moment_stays(monkeypatch):
    image = add_trashed(1, 31)
    purge = module.purge
    monkeypatch.setattr(module, "purge", lambda image: (restore(image), purge(image)))
    assert run("emptytrash").lines == ["Deleted for good: 0 images."]
    assert Image.objects.get() == image


def test_a_dry_run_says_how_much_and_deletes_nothing():
    old, _ = add_trashed(1, 31), add_trashed(2, 1)
    assert run("emptytrash", "--dry-run") == (
        0,
        [f"Would delete for good: 1 images, {old.size} bytes."],
        "",
    )
    assert len(titles()) == 2
    assert run("emptytrash", "--older-than", "90d", "--dry-run")[1] == [
        "Would delete for good: 0 images, 0 bytes."
    ]


def test_images_that_are_named_go_however_short_they_are_there_and_no_others():
    named, other = add_trashed(1, 0), add_trashed(2, 31)
    assert run("emptytrash", "--image", str(named.pk)).lines == [
        f"{named.pk} Trashed 0 days ago",
        "Deleted for good: 1 images.",
    ]
    assert Image.objects.get() == other


def test_an_image_outside_the_trash_stays_though_it_is_named():
    shown, gone = add_image(make_image(seed=1)), uuid4()
    assert run("emptytrash", "--image", str(shown.pk), "--image", str(gone)) == (
        1,
        [f"not_in_trash: {shown.pk}", f"not_in_trash: {gone}", "Deleted for good: 0 images."],
        "2 images are not in the trash.",
    )
    assert Image.objects.get() == shown


def test_a_dry_run_names_no_image():
    image = add_trashed(1, 31)
    assert run("emptytrash", "--dry-run", "--image", str(image.pk)).code == 2
    assert Image.objects.get() == image
