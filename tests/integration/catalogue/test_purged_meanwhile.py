"""An image that another person purges between this one's read and write: not found, at every door."""

import pytest
from django.test import Client

from images.catalogue.curation import act, trashing
from images.models import Image
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

SHOWN = {"title": "purged", "alt_text": "", "description": "", "visibility": "public"}
CHANGE = {**SHOWN, **{f"initial-{name}": value for name, value in SHOWN.items()}, "title": "New"}


@pytest.fixture
def purged(monkeypatch):
    """Have the image with the title `purged` gone by the time that it is written."""
    write = Image.write

    def purge_and_write(self, *fields):
        Image.objects.filter(pk=self.pk, title="purged").delete()
        write(self, *fields)

    image = add_image(title="purged")
    monkeypatch.setattr(Image, "write", purge_and_write)
    return image


def test_the_api_does_not_find_it(editor, purged):
    path = f"{IMAGES}/{purged.pk}"
    assert problem(client_of(editor).patch(path, {"title": "New"}, format="json")) == (404, "not_found")


def test_the_api_does_not_find_it_for_the_trash_and_back(editor, purged):
    path = f"{IMAGES}/{purged.pk}"
    assert problem(client_of(editor).delete(path)) == (404, "not_found")
    again = add_image(title="purged")
    Image.objects.filter(pk=again.pk).update(deleted_at=again.created_at)
    response = client_of(editor).post(f"{IMAGES}/{again.pk}/restore")
    assert problem(response) == (404, "not_found")


def test_its_page_is_not_found(client, editor, purged):
    client.force_login(editor)
    response = client.post(f"/images/{purged.pk}", CHANGE)
    assert response.status_code == 404
    assert "Not found" in response.content.decode()


def test_of_many_the_others_are_changed(editor, purged):
    other = add_image(make_image(seed=1), title="other")
    gone = purged.pk
    purged.delete()  # of many, the rows are locked as they are read
    changes = act(editor, trashing(), [gone, other.pk])
    assert changes.images == {other.pk: other}
    assert changes.refused_by(Image.DoesNotExist) == [gone]
    assert Image.objects.get().deleted_at


def test_the_admin_does_not_find_it(purged):
    admin = Client()
    admin.force_login(make_user("root", is_staff=True, is_superuser=True))
    assert admin.post(f"/admin/images/image/{purged.pk}/change/", CHANGE).status_code == 404


def test_of_many_the_admin_changes_the_others(purged):
    other = add_image(make_image(seed=1), title="other")
    admin = Client()
    admin.force_login(make_user("root", is_staff=True, is_superuser=True))
    data = {"action": "move_to_trash", "_selected_action": [purged.pk, other.pk]}
    page = admin.post("/admin/images/image/", data, follow=True).content.decode()
    assert "1 image was changed." in page
    assert Image.objects.get().deleted_at
