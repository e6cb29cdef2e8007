"""backuplibrary and restorelibrary: each person's favourites come back."""

import pytest

from images.catalogue.favourites import favour, unfavour
from images.catalogue.trash import trash
from images.models import Favourite, Image
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.resilience.database_loss import lose_the_database

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def favourites() -> list[tuple]:
    """Return whose they are, of what, and since when."""
    found = Favourite.objects.order_by("created_at", "pk")
    return list(found.values_list("user__username", "image__filename", "created_at"))


@pytest.fixture
def backup(contributor, viewer, tmp_path) -> str:
    """A backup: three favourites of two people, one of them in the trash."""
    images = [add_image(make_image(seed=seed), filename=f"{seed}.jpg") for seed in range(3)]
    for person, image in ((contributor, images[1]), (viewer, images[0]), (contributor, images[0])):
        favour(person, [image])
    trash(images[1])
    path = tmp_path / "backup"
    run("backuplibrary", f"--output={path}")
    return str(path)


def test_they_come_back_as_they_were(backup):
    before = favourites()
    assert [row[:2] for row in before] == [
        ("contributor", "1.jpg"),
        ("viewer", "0.jpg"),
        ("contributor", "0.jpg"),
    ]
    lose_the_database()
    assert run("restorelibrary", backup).code == 0
    assert favourites() == before


def test_those_of_an_image_that_is_lost_do_not(backup):
    lost = Image.objects.get(filename="0.jpg").storage_key
    lose_the_database()
    get_storage().delete(lost)
    run("restorelibrary", backup)
    assert [row[:2] for row in favourites()] == [("contributor", "1.jpg")]


def test_what_is_one_already_stays_so_and_the_others_are_added(backup, viewer, contributor):
    image = Image.objects.get(filename="0.jpg")
    unfavour(viewer, [image])
    before = favourites()
    assert run("restorelibrary", backup, "--merge").code == 0
    assert {row[:2] for row in favourites()} == {row[:2] for row in before} | {("viewer", "0.jpg")}
    assert set(before) < set(favourites())


def test_an_image_that_gets_its_former_id_again_is_a_favourite_of_whose_it_was(backup, viewer, stranger):
    Image.objects.get(filename="0.jpg").delete()
    again = add_image(make_image(seed=0), filename="0.jpg")
    for person in (stranger, viewer):  # of the viewer it is one in the backup too
        favour(person, [again])
    assert run("restorelibrary", backup, "--merge").code == 0
    image = Image.objects.get(filename="0.jpg")
    assert image.pk != again.pk
    assert {favourite.user.username for favourite in image.favourites.all()} == {
        *("stranger", "viewer", "contributor")
    }
