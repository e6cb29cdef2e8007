import pytest
from django.contrib.auth.models import AnonymousUser

from images.catalogue import access
from images.catalogue.trash import trash
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

PEOPLE = ["anonymous", "stranger", "owner", "viewer", "contributor", "editor"]


@pytest.fixture
def people(stranger, viewer, contributor, editor):
    return {
        "anonymous": AnonymousUser(),
        "stranger": stranger,
        "owner": make_user("owner"),
        "viewer": viewer,
        "contributor": contributor,
        "editor": editor,
    }


@pytest.fixture
def images(people):
    """One image of each kind, all uploaded by the owner."""
    made = {
        name: add_image(
            make_image(seed=seed), uploaded_by=people["owner"], visibility=name.removeprefix("trashed ")
        )
        for seed, name in enumerate(["public", "private", "trashed public", "trashed private"])
    }
    for name, image in made.items():
        if name.startswith("trashed"):
            trash(image)
    return made


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("anonymous", {"public"}),
        ("stranger", {"public"}),
        ("owner", {"public", "private"}),
        ("viewer", {"public", "private"}),
        ("contributor", {"public", "private"}),
        ("editor", {"public", "private"}),
    ],
)
def test_who_sees_what(person, seen, people, images):
    visible = set(access.visible_images(people[person]))
    assert {name for name, image in images.items() if image in visible} == seen
    assert {name for name, image in images.items() if access.may_see(people[person], image)} == seen


@pytest.mark.parametrize("person", PEOPLE)
def test_who_finds_what_in_the_trash(person, people, images):
    found = set(access.trashed_images(people[person]))
    expected = (
        {images["trashed public"], images["trashed private"]} if person in ("owner", "editor") else set()
    )
    assert found == expected


@pytest.mark.parametrize("person", PEOPLE)
def test_who_changes_and_deletes(person, people, images):
    allowed = person in ("owner", "editor")
    assert access.may_edit(people[person], images["public"]) is allowed
    assert access.may_delete(people[person], images["public"]) is allowed


@pytest.mark.parametrize("person", PEOPLE)
def test_who_purges(person, people):
    assert access.may_purge(people[person]) is (person == "editor")


@pytest.mark.parametrize("person", PEOPLE)
def test_who_uploads(person, people):
    assert access.may_upload(people[person]) is (person in ("contributor", "editor"))


def test_an_image_of_nobody_belongs_to_nobody(stranger):
    assert not access.may_edit(stranger, add_image())
    assert not access.may_edit(AnonymousUser(), add_image())


@pytest.mark.parametrize("junk", ["a\0b", "x" * 5000, "A" * 32])
def test_what_can_be_no_session_is_nobodys(client, junk, images):
    client.cookies["sessionid"] = junk  # SimpleCookie quotes it as a browser may
    assert client.get("/").status_code == 200
    assert client.get(images["private"].get_file_url()).status_code == 404
