"""manage.py restorelibrary into a library in use: what people did since stays."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share
from images.catalogue.trash import trash
from images.ingest.samples import SAMPLES
from images.models import Image
from tests.clients.commands import run
from tests.factories import add_image, make_image, make_user
from tests.resilience.database_loss import lose_the_database

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

User = get_user_model()


def add_sample(**changed) -> Image:
    sample = SAMPLES[4]
    described = {"title": sample.title, "visibility": "public"} | changed
    return add_image(make_image(seed=50), filename=sample.filename, **described)


@pytest.fixture
def former():
    """A public image with all its words, as the backup has it; the database is lost since."""
    image = add_image(title="Former", description="Former words", alt_text="Former", visibility="public")
    run("backuplibrary")
    lose_the_database()
    return image


def test_a_private_upload_of_the_same_bytes_stays_private_and_keeps_its_words(former):
    newer = add_image(title="My own", visibility="private", uploaded_by=make_user("somebody"))
    result = run("restorelibrary", "--merge")
    image = Image.objects.get()
    assert image.pk == former.pk
    assert (image.visibility, image.title, image.description) == ("private", "My own", "Former words")
    assert image.alt_text == "Former"
    assert image.uploaded_by.username == "somebody"
    assert image.created_at == former.created_at
    assert f"merged: {former.hash} (image {newer.pk} → {former.pk})" in result.lines
    assert result.code == 0


def test_the_same_as_json(former):
    newer = add_image()
    result = run("restorelibrary", "--merge", "--json")
    (found,) = result.objects
    assert (found["outcome"], found["former"], found["image"]) == ("merged", str(newer.pk), str(former.pk))
    assert result.summary["merged"] == 1


def test_a_private_image_does_not_become_public_by_a_public_upload():
    image = add_image(visibility="private")
    run("backuplibrary")
    lose_the_database()
    add_image(visibility="public")
    run("restorelibrary", "--merge")
    assert (Image.objects.get().pk, Image.objects.get().visibility) == (image.pk, "private")


def test_links_that_were_made_since_lead_where_they_led(former):
    maker = make_user("maker")
    newer = add_image(visibility="private", uploaded_by=maker)
    other = add_image(make_image(seed=1), visibility="private", uploaded_by=maker)
    secrets = [make_share(maker, of)[1] for of in (newer, [other.pk, newer.pk])]
    assert run("restorelibrary", "--merge").code == 0
    shown = [Shared(live_share(secret), secret).page().rows for secret in secrets]
    assert shown == [[former], [other, former]]


def test_what_was_moved_to_the_trash_since_stays_there(former):
    trash(add_image())
    run("restorelibrary", "--merge")
    assert Image.objects.get().deleted_at is not None


def test_permissions_that_a_group_lost_do_not_come_back(library):
    run("backuplibrary")
    Group.objects.get(name="Editors").permissions.clear()
    Group.objects.get(name="Curators").delete()
    assert run("restorelibrary", "--merge").code == 0
    assert not Group.objects.get(name="Editors").permissions.exists()
    assert Group.objects.get(name="Curators").permissions.get().codename == "change_image"


def test_after_a_first_start_groups_are_as_the_backup_has_them(library):
    Group.objects.get(name="Editors").permissions.clear()
    run("backuplibrary")
    lose_the_database()
    Group.objects.create(name="Editors").permissions.add(Permission.objects.get(codename="delete_image"))
    assert run("restorelibrary").code == 0
    assert not Group.objects.get(name="Editors").permissions.exists()


@pytest.mark.parametrize("what", ["an image", "a person", "a group", "a sample that somebody renamed"])
def test_it_refuses_when_there_is_more_than_a_first_start_makes(what, former):
    {
        "an image": lambda: add_image(make_image(seed=1)),
        "a person": lambda: make_user("somebody"),
        "a group": lambda: Group.objects.create(name="Curators"),
        "a sample that somebody renamed": lambda: add_sample(title="Our twill"),
    }[what]()
    result = run("restorelibrary")
    assert (result.code, result.lines) == (2, [])
    assert "--merge" in result.error
    assert not Image.objects.filter(pk=former.pk).exists()
    assert run("restorelibrary", "--merge").code == 0
    assert Image.objects.filter(pk=former.pk).exists()


def test_a_first_start_is_no_use():
    sample = add_sample()
    Image.objects.filter(pk=sample.pk).update(title="What the library called it")
    run("backuplibrary")
    lose_the_database()
    User.objects.create_superuser("admin", password="quickstart's")
    add_sample()
    assert run("restorelibrary").code == 0
    assert Image.objects.get().pk == sample.pk
    assert Image.objects.get().title == "What the library called it"
