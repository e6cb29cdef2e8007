"""Invitations: who makes them, what they give, once, and what ends them."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.test import Client
from django.utils import timezone

import imagelib.settings
from images.accounts import hashing, invitations
from images.accounts.invitations import invite, join, revoke_invitation
from images.accounts.permissions import groups_within
from images.http import limits
from images.models import Invitation
from tests.clients.pages import Tags
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

NEWCOMER = {"username": "robin", "password1": PASSWORD, "password2": PASSWORD, "email": ""}


def group(name: str = "Contributors") -> Group:
    return Group.objects.get(name=name)


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def path(secret: str) -> str:
    return f"/accounts/join/{secret}"


@pytest.fixture
def secret(editor) -> str:
    return invite(editor, group())[1]


# --- What it gives ---------------------------------------------------------------------------------


def test_who_has_the_address_makes_an_account_and_is_signed_in(client, secret):
    page = client.get(path(secret))
    assert page.status_code == 200
    assert "You are invited to the image library imagelib." in page.content.decode()
    assert {attrs.get("name") for tag, attrs in Tags(page).all if tag == "input"} >= NEWCOMER.keys()
    answer = client.post(path(secret), NEWCOMER | {"email": "robin@example.org"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    robin = User.objects.get(username="robin")
    assert [*robin.groups.values_list("name", flat=True)] == ["Contributors"]
    assert (robin.email, robin.is_staff, robin.is_superuser) == ("robin@example.org", False, False)
    assert client.get("/upload").status_code == 200
    assert "robin" in client.get("/").content.decode()
    assert Client().post("/accounts/login", {"username": "robin", "password": PASSWORD}).status_code == 302
    assert Invitation.objects.get().used_by == robin


def test_it_gives_one_account(client, secret):
    assert client.post(path(secret), NEWCOMER).status_code == 302
    assert Client().get(path(secret)).status_code == 404
    assert Client().post(path(secret), NEWCOMER | {"username": "second"}).status_code == 404
    assert not User.objects.filter(username="second").exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "editor"}, "A user with that username already exists."),
        ({"username": "EDITOR"}, "A user with that username already exists."),
        ({"username": ""}, "This field is required."),
        ({"username": "a b"}, "Enter a valid username."),
        ({"password1": "12345678", "password2": "12345678"}, "This password is too common."),
        ({"password2": "another"}, "The two password fields didn"),
        ({"email": "robin"}, "Enter a valid email address."),
    ],
)
def test_what_is_wrong_is_said_and_the_invitation_stays(client, secret, wrong, sentence):
    answer = client.post(path(secret), NEWCOMER | wrong)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert User.objects.count() == 1
    assert client.get(path(secret)).status_code == 200


def test_who_is_signed_in_is_told_that_the_new_account_takes_over(client, secret, viewer):
    client.force_login(viewer)
    assert "You are signed in as" in client.get(path(secret)).content.decode()
    client.post(path(secret), NEWCOMER)
    assert client.get("/").wsgi_request.user.username == "robin"


# --- Its address -----------------------------------------------------------------------------------


def test_the_secret_is_long_and_only_its_digest_is_kept(secret):
    assert len(secret) >= 22  # of 6 bits each
    row = Invitation.objects.values().get()
    assert secret not in str(row)
    assert row["secret_hash"] == invitations.digest(secret)
    assert re.fullmatch(r"[0-9a-f]{64}", row["secret_hash"])


@pytest.mark.parametrize("name", ["living", "dead"])
def test_its_address_is_kept_by_nobody_and_told_to_nobody(client, secret, name):
    answer = client.get(path(secret if name == "living" else "x" * 22))
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "strict-origin"
    assert "noindex" in answer["X-Robots-Tag"]
    leads = [attrs.get("href", "") for _, attrs in Tags(answer).all]
    assert [href for href in leads if "join" in href] == []


# What ends the invitation of an editor into the group.
ENDS = {
    "used": lambda editor, group, secret: join(secret, User(username="first")),
    "expired": lambda editor, group, secret: Invitation.objects.update(expires_at=timezone.now()),
    "revoked": lambda editor, group, secret: revoke_invitation(editor, Invitation.objects.get().pk),
    "its maker not active": lambda editor, group, secret: User.objects.update(is_active=False),
    "its maker may not invite": lambda editor, group, secret: editor.groups.clear(),
    "its maker may do less": lambda editor, group, secret: group.permissions.add(permission("add_user")),
    "its maker deleted": lambda editor, group, secret: editor.delete(),
    "its group deleted": lambda editor, group, secret: group.delete(),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_a_dead_one_answers_as_one_that_never_was(client, editor, end, is_signed_in):
    own = Group.objects.create(name="Guests")
    _, secret = invite(editor, own)
    assert client.get(path(secret)).status_code == 200
    ENDS[end](editor, own, secret)
    if is_signed_in:
        client.force_login(make_user("clara"))
    before = User.objects.count()
    for method, data in (("get", None), ("head", None), ("post", NEWCOMER)):
        answers = []
        for asked in (secret, "y" * len(secret)):
            answer = getattr(client, method)(path(asked), data)
            text = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", answer.content.decode())
            answers.append((answer.status_code, dict(answer.headers), text.replace(asked, "SECRET")))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert User.objects.count() == before


# --- Who makes them --------------------------------------------------------------------------------


def test_editors_invite_into_what_they_have_themselves(editor):
    assert {group.name for group in groups_within(editor)} == {"Viewers", "Contributors", "Editors"}
    beyond = Group.objects.create(name="Managers")
    beyond.permissions.add(permission("add_user"))
    assert beyond not in groups_within(editor)
    with pytest.raises(PermissionDenied):
        invite(editor, beyond)
    invite(make_user("root", is_superuser=True), beyond)


@pytest.mark.parametrize("groups", [(), ("Viewers",), ("Contributors",)])
def test_others_invite_nobody(groups):
    with pytest.raises(PermissionDenied):
        invite(make_user("clara", *groups), group("Viewers"))


def test_one_lives_for_a_week_and_at_most_for_a_month(editor):
    for asked, lives in ((None, timedelta(days=7)), (timedelta(days=31), timedelta(days=31))):
        invitation, _ = invite(editor, group(), **({"age": asked} if asked else {}))
        assert abs(invitation.expires_at - timezone.now() - lives) < timedelta(minutes=1)
    with pytest.raises(ValueError, match="month"):
        invite(editor, group(), age=timedelta(days=32))


def test_at_most_so_many_are_open_and_those_long_over_go(editor, monkeypatch):
    monkeypatch.setattr(invitations, "MOST", 2)
    over, _ = invite(editor, group())
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=31))
    _, used = invite(editor, group())
    assert not Invitation.objects.filter(pk=over.pk).exists()
    join(used, User(username="first"))
    for _ in range(2):
        invite(editor, group())
    with pytest.raises(ValidationError, match="2 open invitations"):
        invite(editor, group())


def test_nobody_revokes_those_of_others_or_one_that_was_used(editor, secret):
    invitation = Invitation.objects.get()
    revoke_invitation(make_user("ed", "Editors"), invitation.pk)
    assert Client().get(path(secret)).status_code == 200
    join(secret, User(username="first"))
    revoke_invitation(editor, invitation.pk)
    assert Invitation.objects.get().used_by.username == "first"


def test_one_goes_with_the_account_that_it_made(secret):
    join(secret, User(username="first"))
    User.objects.get(username="first").delete()
    assert not Invitation.objects.exists()


# --- Who may be given the right to invite -------------------------------------------------------------


@pytest.mark.parametrize(
    ("has", "is_given"),
    [
        (("view_image", "add_image", "change_image", "delete_image"), True),
        (("view_image", "add_image", "change_image", "delete_image", "view_user"), True),
        (("view_image", "change_image"), False),
        ((), False),
    ],
)
def test_the_migration_lets_editors_invite_who_still_are_what_they_were(has, is_given):
    editors = group("Editors")
    editors.permissions.set(Permission.objects.filter(codename__in=has))
    give = import_module("images.migrations.0027_invitations").let_editors_invite
    give(apps, None)
    assert editors.permissions.filter(codename="add_invitation").exists() is is_given
    editors.delete()
    give(apps, None)
    assert not Group.objects.filter(name="Editors").exists()


# --- The work that it takes ---------------------------------------------------------------------------


@pytest.fixture
def hashed(monkeypatch, settings) -> list[str]:
    """Have production's hasher, quick; return the passwords that it was given."""
    settings.PASSWORD_HASHERS = imagelib.settings.PASSWORD_HASHERS
    given, encode = [], PBKDF2PasswordHasher.encode

    def noted(self, password, salt, iterations=None):
        given.append(password)
        return encode(self, password, salt, 1)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", noted)
    return given


def test_a_stranger_has_nothing_hashed(client, secret, hashed):
    client.post(path("x" * 22), NEWCOMER)
    client.post(path(secret), NEWCOMER | {"password2": "another"})
    assert hashed == []
    client.post(path(secret), NEWCOMER)
    assert hashed == [PASSWORD]


def test_passwords_are_hashed_in_turn(client, secret, hashed, monkeypatch):
    monkeypatch.setattr(hashing, "TIMEOUT", 0.01)
    with hashing.turns.turn("held by another"):
        answer = client.post(path(secret), NEWCOMER)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Referrer-Policy"] == "strict-origin"
    assert client.post(path(secret), NEWCOMER).status_code == 302


def test_one_address_has_only_so_many_tries(client, secret, monkeypatch):
    monkeypatch.setattr(limits, "PASSWORDS_PER_HOUR", 2)
    wrong = NEWCOMER | {"password2": "another"}
    assert [client.post(path(secret), wrong).status_code for _ in range(3)] == [400, 400, 429]
    assert client.post(path("x" * 22), wrong).status_code == 404
    assert client.post(path(secret), NEWCOMER, REMOTE_ADDR="192.0.2.7").status_code == 302


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("names", [("robin", "robin"), ("robin", "wren")])
def test_two_at_once_make_one_account(editor, names):
    for number in range(5):
        _, secret = invite(editor, group())
        together = threading.Barrier(2)

        def come(name: str, secret: str = secret, together: threading.Barrier = together) -> int:
            try:
                together.wait(30)
                return Client().post(path(secret), NEWCOMER | {"username": name}).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(come, [f"{name}{number}" for name in names]))
        assert statuses[0] == 302
        assert statuses[1] in (400, 404)  # the name was taken by then, or the invitation
        assert User.objects.exclude(pk=editor.pk).count() == number + 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_at_once_of_one_name_make_one_account_and_leave_one_invitation(editor):
    for number in range(5):
        secrets = [invite(editor, group())[1] for _ in range(2)]
        together = threading.Barrier(2)

        def come(secret: str, name: str = f"robin{number}", together: threading.Barrier = together) -> int:
            try:
                together.wait(30)
                return Client().post(path(secret), NEWCOMER | {"username": name}).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(come, secrets)) == [302, 400]
        assert Invitation.objects.filter(used_by__isnull=False).count() == number + 1
