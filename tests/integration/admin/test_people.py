"""Who may edit people in the admin gives nobody more than they have, and reaches nobody who may do more."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from images.catalogue.favourites import favour
from tests.factories import add_image, make_user

pytestmark = pytest.mark.django_db

USERS, GROUPS = "/admin/auth/user/", "/admin/auth/group/"
NEW = "staple battery horse"
MANAGES = [f"{verb}_{model}" for verb in ("add", "change", "delete", "view") for model in ("user", "group")]


def permissions(*codenames: str):
    return Permission.objects.filter(codename__in=codenames)


@pytest.fixture
def manager():
    """Staff who may do everything with people and groups, and see private images; in a group."""
    user = make_user("manager", is_staff=True)
    group = Group.objects.create(name="Managers")
    group.permissions.set(permissions(*MANAGES, "view_image"))
    user.groups.add(group)
    return user


@pytest.fixture
def people(manager, editor, stranger):
    """The manager; a superuser; one who may do more than the manager, and another who is not active; one who
    may do nothing."""
    root = make_user("root", is_staff=True, is_superuser=True)
    sleeper = make_user("sleeper", "Editors", is_active=False)
    return {"manager": manager, "root": root, "editor": editor, "sleeper": sleeper, "stranger": stranger}


def form_of(user, **changes) -> dict:
    """Return the fields of the form of `user` as the page would send them, with `changes`."""
    fields = {"username": user.username, "email": "", "first_name": "", "last_name": ""}
    fields |= {
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "last_login_0": "",
        "last_login_1": "",
    }
    fields |= {name: "on" for name in ("is_active", "is_staff", "is_superuser") if getattr(user, name)}
    fields["groups"] = [group.pk for group in user.groups.all()]
    fields["user_permissions"] = [permission.pk for permission in user.user_permissions.all()]
    return fields | changes


def powers() -> dict:
    """Return what each account may do, and all that signs it in."""
    return {
        user.username: (
            user.is_superuser,
            user.is_active,
            user.password,
            frozenset(Permission.objects.filter(user=user)),
            frozenset(Permission.objects.filter(group__user=user)),
        )
        for user in get_user_model().objects.all()
    }


def more() -> dict[str, list]:
    """Return fields that would give somebody more than the manager has."""
    return {
        "is_superuser": ["on"],
        "groups": [Group.objects.get(name="Editors").pk],
        "user_permissions": [permissions("delete_image").get().pk],
    }


# --- What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["manager", "stranger"])
@pytest.mark.parametrize("field", ["is_superuser", "groups", "user_permissions"])
def test_nobody_is_given_more_than_the_giver_has(client, people, name, field):
    client.force_login(people["manager"])
    before = powers()
    fields = form_of(people[name], **{field: more()[field]})
    response = client.post(f"{USERS}{people[name].pk}/change/", fields)
    assert response.status_code in (200, 302)
    assert powers() == before


@pytest.mark.parametrize("name", ["root", "editor", "sleeper"])
@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("{}/change/", None),
        (
            "{}/password/",
            {"password1": NEW, "password2": NEW, "set-password": "1", "usable_password": "true"},
        ),
        ("{}/password/", {"usable_password": "false", "unset-password": "1"}),
        ("{}/delete/", {"post": "yes"}),
        ("", {"action": "delete_selected", "post": "yes", "_selected_action": ["{}"]}),
        ("", {"action": "delete_selected", "post": "yes", "_selected_action": ["{}", "stranger"]}),
    ],
)
def test_who_may_do_more_is_out_of_reach(client, people, name, address, fields):
    client.force_login(people["manager"])
    person, before = people[name], powers()
    if fields is None:
        fields = form_of(person, username="renamed", is_active="on", email="manager@example.org")
    fields = dict(fields)
    if "_selected_action" in fields:
        keys = {"{}": person.pk, "stranger": people["stranger"].pk}
        fields["_selected_action"] = [keys[key] for key in fields["_selected_action"]]
    response = client.post(USERS + address.format(person.pk), fields)
    assert response.status_code == 403
    assert powers() == before


def test_a_new_account_has_nothing(client, people):
    client.force_login(people["manager"])
    fields = {
        "username": "new",
        "password1": NEW,
        "password2": NEW,
        "usable_password": "true",
        "is_staff": "on",
    }
    assert client.post(f"{USERS}add/", fields | more()).status_code == 302
    assert powers()["new"][0] is False
    assert powers()["new"][3:] == (frozenset(), frozenset())


def test_no_group_is_given_more_than_the_giver_has(client, people):
    client.force_login(people["manager"])
    own, wanted = Group.objects.get(name="Managers"), [permissions("delete_image").get().pk]
    before = powers()
    client.post(f"{GROUPS}{own.pk}/change/", {"name": "Managers", "permissions": wanted})
    client.post(f"{GROUPS}add/", {"name": "Owners", "permissions": wanted})
    assert powers() == before
    assert not Group.objects.filter(name="Owners").exists()


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("{}/change/", {"name": "Editors", "permissions": []}),
        ("{}/delete/", {"post": "yes"}),
        ("", {"action": "delete_selected", "post": "yes", "_selected_action": ["{}"]}),
    ],
)
def test_a_group_that_may_do_more_is_out_of_reach(client, people, address, fields):
    client.force_login(people["manager"])
    group, before = Group.objects.get(name="Editors"), powers()
    if "_selected_action" in fields:
        fields = fields | {"_selected_action": [group.pk]}
    assert client.post(GROUPS + address.format(group.pk), fields).status_code == 403
    assert powers() == before


def test_what_cannot_be_given_is_not_offered_and_no_hash_is_shown(client, people):
    client.force_login(people["manager"])
    page = client.get(f"{USERS}{people['stranger'].pk}/change/").content.decode()
    assert 'name="is_superuser"' not in page
    assert "Viewers</option>" in page
    assert "Editors</option>" not in page
    assert "Can view image</option>" in page
    assert "Can delete image</option>" not in page
    page = client.get(f"{USERS}{people['root'].pk}/change/").content.decode()  # to be looked at
    assert 'name="_save"' not in page
    assert people["root"].password not in page


# --- What goes on working --------------------------------------------------------------------------


def test_what_the_manager_has_can_be_given(client, people):
    client.force_login(people["manager"])
    stranger = people["stranger"]
    groups, own = [Group.objects.get(name="Viewers").pk], [permissions("change_user").get().pk]
    fields = form_of(stranger, email="s@example.org", is_staff="on", groups=groups, user_permissions=own)
    assert client.post(f"{USERS}{stranger.pk}/change/", fields).status_code == 302
    stranger = get_user_model().objects.get(pk=stranger.pk)
    assert (stranger.email, stranger.is_staff) == ("s@example.org", True)
    assert stranger.get_all_permissions() == {"images.view_image", "auth.change_user"}
    fields = {"password1": NEW, "password2": NEW, "set-password": "1", "usable_password": "true"}
    assert client.post(f"{USERS}{stranger.pk}/password/", fields).status_code == 302
    assert get_user_model().objects.get(pk=stranger.pk).check_password(NEW)
    assert client.post(f"{USERS}{stranger.pk}/delete/", {"post": "yes"}).status_code == 302
    assert "stranger" not in powers()


def test_the_managers_own_account_and_group_can_be_changed(client, people):
    manager, own = people["manager"], Group.objects.get(name="Managers")
    client.force_login(manager)
    assert (
        client.post(f"{USERS}{manager.pk}/change/", form_of(manager, email="m@example.org")).status_code
        == 302
    )
    fields = {"name": "Staff", "permissions": list(own.permissions.values_list("pk", flat=True))}
    assert client.post(f"{GROUPS}{own.pk}/change/", fields).status_code == 302
    assert Group.objects.filter(name="Staff").exists()


def test_a_superuser_may_do_all_of_it(client, people):
    client.force_login(people["root"])
    editor = people["editor"]
    fields = form_of(editor, is_superuser="on", user_permissions=more()["user_permissions"])
    assert client.post(f"{USERS}{editor.pk}/change/", fields).status_code == 302
    assert get_user_model().objects.get(pk=editor.pk).is_superuser
    fields = {"password1": NEW, "password2": NEW, "set-password": "1", "usable_password": "true"}
    assert client.post(f"{USERS}{editor.pk}/password/", fields).status_code == 302
    group = Group.objects.get(name="Editors")
    wanted = [permissions("add_user").get().pk]
    assert (
        client.post(f"{GROUPS}{group.pk}/change/", {"name": "Editors", "permissions": wanted}).status_code
        == 302
    )
    assert client.post(f"{USERS}{editor.pk}/delete/", {"post": "yes"}).status_code == 302


def test_without_permission_for_people_staff_see_none(client, people):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    for address in (USERS, f"{USERS}{people['stranger'].pk}/change/", GROUPS):
        assert client.get(address).status_code == 403


def test_who_deletes_a_person_is_not_told_what_their_favourites_are(client, people):
    image = add_image(title="Secretly loved")
    favour(people["stranger"], [image])
    client.force_login(people["manager"])
    page = client.get(f"{USERS}{people['stranger'].pk}/delete/").content.decode()
    assert "avourite" in page
    assert str(image.pk) not in page
    assert image.title not in page
