"""Tokens, invitations and lockouts in the admin: looked at and taken back, never made or changed."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.test import Client
from django.utils.formats import date_format
from knox.models import AuthToken

from images.accounts.invitations import invite
from images.accounts.last_seen import this_hour
from images.accounts.tokens import make_token
from images.models import Invitation, Token, TokenTerms
from tests.clients.pages import Tags
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

TOKENS, LOCKOUTS = "/admin/knox/authtoken/", "/admin/axes/accessattempt/"
INVITATIONS = "/admin/images/invitation/"


@pytest.fixture
def root(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def test_a_token_is_shown_by_its_beginning_and_revoked(root, client):
    token, secret = AuthToken.objects.create(make_user("robot"))
    page = root.get(TOKENS).content.decode()
    assert token.token_key in page
    assert "robot" in page
    assert secret not in page
    url = f"{TOKENS}{token.pk}/"
    assert root.get(f"{url}change/").status_code == 200
    assert root.post(f"{url}change/", {"user": "1"}).status_code == 403
    assert root.post(f"{url}delete/", {"post": "yes"}).status_code == 302
    response = client.get("/api/v1/images", headers={"Authorization": f"Token {secret}"})
    assert response.status_code == 401


def test_what_a_token_is_called_and_may_and_when_it_was_used_is_shown(root, client, stranger):
    _, secret = make_token(stranger, name="Shelf", scope="read")
    make_token(stranger, name="Desk")
    client.get("/api/v1/images", headers={"Authorization": f"Token {secret}"})
    page = Tags(root.get(f"{TOKENS}?q=shelf&o=2")).all
    assert len([a for tag, a in page if a.get("name") == "_selected_action"]) == 1
    text = root.get(f"{TOKENS}?q=shelf").content.decode()
    assert '<td class="field-name">Shelf</td>' in text
    assert '<td class="field-scope">read</td>' in text
    assert f'<td class="field-last_used nowrap">{date_format(this_hour(), "DATETIME_FORMAT")}' in text


@pytest.mark.parametrize("many", [False, True])
def test_those_that_were_made_with_it_end_with_it(root, stranger, many):
    maker, _ = make_token(stranger)
    make_token(stranger, made_with=maker)
    if many:
        data = {"action": "delete_selected", "_selected_action": [maker.pk], "post": "yes"}
        response = root.post(TOKENS, data)
    else:
        response = root.post(f"{TOKENS}{maker.pk}/delete/", {"post": "yes"})
    assert response.status_code == 302
    assert not Token.objects.exists()
    assert not TokenTerms.objects.exists()


def test_tokens_are_made_by_command_only(root):
    assert root.get(f"{TOKENS}add/").status_code == 403


def test_everybody_s_invitations_are_shown_and_ended(root, editor):
    invitation, secret = invite(editor, Group.objects.get(name="Viewers"), note="Ana")
    page = root.get(f"{INVITATIONS}?q=ana").content.decode()
    assert ">Ana</a>" in page
    assert "Viewers" in page
    assert "editor" in page
    url = f"{INVITATIONS}{invitation.pk}/"
    shown = root.get(f"{url}change/")
    assert shown.status_code == 200
    assert invitation.secret_hash not in shown.content.decode()
    assert root.post(f"{url}change/", {"note": "x"}).status_code == 403
    assert root.get(f"{INVITATIONS}add/").status_code == 403
    assert root.post(f"{url}delete/", {"post": "yes"}).status_code == 302
    assert not Invitation.objects.exists()
    assert Client().get(f"/accounts/join/{secret}").status_code == 404


def test_staff_who_may_invite_see_no_invitations_of_others_in_the_admin(client):
    client.force_login(make_user("ed", "Editors", is_staff=True))
    assert client.get(INVITATIONS).status_code == 403


def sign_in(client, password: str) -> int:
    return client.post("/accounts/login", {"username": "stranger", "password": password}).status_code


def test_a_lockout_is_lifted(root, client, stranger):
    for _ in range(10):
        sign_in(client, "wrong")
    client.force_login(make_user("other-root", is_staff=True, is_superuser=True))
    attempt = AccessAttempt.objects.get()
    page = client.get(LOCKOUTS).content.decode()
    assert "stranger" in page
    assert client.get(f"{LOCKOUTS}{attempt.pk}/change/").status_code == 200
    assert client.get(f"{LOCKOUTS}add/").status_code == 403
    client.post(f"{LOCKOUTS}{attempt.pk}/delete/", {"post": "yes"})
    client.logout()
    assert sign_in(client, PASSWORD) == 302


def test_sign_in_records_are_not_shown(root):
    for path in ("/admin/axes/accesslog/", "/admin/axes/accessfailurelog/"):
        assert root.get(path).status_code == 404
