"""An administrator makes a link with which a person sets a new password."""

from urllib.parse import urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client

from tests.clients.pages import Tags
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NEW = "staple battery horse"


def path(person, page: str = "password-link") -> str:
    return f"/admin/auth/user/{person.pk}/{page}/"


@pytest.fixture
def manager():
    """Staff who may change people, and see private images."""
    user = make_user("manager", is_staff=True)
    group = Group.objects.create(name="Managers")
    group.permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user", "view_image"]))
    user.groups.add(group)
    return user


def address_of(response) -> str:
    return next(attrs["value"] for tag, attrs in Tags(response).all if attrs.get("id") == "address")


@pytest.mark.parametrize("password", ["usable", "unusable"])
def test_the_link_is_made_shown_once_and_sets_a_password(client, viewer, password, settings):
    if password == "unusable":
        viewer.set_unusable_password()  # as of who comes out of a backup
        viewer.save()
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://testserver")
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    assert Tags(client.get(path(viewer, "change"))).link(href=path(viewer))
    asked = client.get(path(viewer))
    assert "viewer" in asked.content.decode()
    assert "testserver/accounts" not in asked.content.decode()
    made = client.post(path(viewer))
    assert "no-store" in made["Cache-Control"]
    address = address_of(made)
    assert address.startswith("https://testserver/accounts/reset/")
    there = Client()
    where = there.get(urlsplit(address).path)["Location"]
    assert there.post(where, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password(NEW)
    assert "link" in LogEntry.objects.get().get_change_message()
    assert address not in LogEntry.objects.get().change_message


@pytest.mark.parametrize(
    ("who", "status"),
    [("stranger", 200), ("viewer", 200), ("editor", 403), ("root", 403), ("staff", 403), ("sleeper", 403)],
)
def test_nobody_gets_into_an_account_that_may_do_more(client, manager, who, status):
    people = {
        "stranger": lambda: make_user("stranger"),
        "viewer": lambda: make_user("viewer", "Viewers"),
        "editor": lambda: make_user("editor", "Editors"),
        "root": lambda: make_user("root", is_superuser=True),
        "staff": lambda: make_user("staff", is_staff=True),
        "sleeper": lambda: make_user("sleeper", is_active=False),
    }
    person = people[who]()
    client.force_login(manager)
    assert client.get(path(person)).status_code == status
    assert client.post(path(person)).status_code == status
    page = client.get(path(person, "change"))
    assert page.status_code == 200
    assert bool(Tags(page).link(href=path(person))) is (status == 200)


def test_a_superuser_makes_one_for_staff_and_for_superusers(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    for name, rights in (("staff", {"is_staff": True}), ("other", {"is_superuser": True})):
        assert client.post(path(make_user(name, **rights))).status_code == 200


def test_others_make_none(client, viewer, stranger):
    assert client.get(path(viewer))["Location"].startswith("/admin/login/")
    for person in (stranger, make_user("ed", "Editors", is_staff=True)):
        client.force_login(person)
        assert client.post(path(viewer)).status_code in (302, 403)
    assert client.get("/admin/auth/user/999999/password-link/").status_code in (302, 403, 404)
