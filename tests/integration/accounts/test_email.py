"""/accounts/email: one's own e-mail address."""

import pytest

from images.http import limits
from tests.clients.pages import Tags
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PATH = "/accounts/email"


@pytest.fixture
def own(client, viewer):
    client.force_login(viewer)
    return client


@pytest.mark.parametrize("address", ["clara@example.org", ""])
def test_it_is_changed_and_taken_away(own, viewer, address):
    viewer.email = "old@example.org"
    viewer.save()
    assert Tags(own.get("/account")).link(href=PATH)
    assert "old@example.org" in own.get(PATH).content.decode()
    answer = own.post(PATH, {"email": address, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain == [("/account", 302)]
    assert "Your e-mail address was" in answer.content.decode()
    viewer.refresh_from_db()
    assert viewer.email == address


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"password": ""}, {"email": "clara"}])
def test_it_takes_the_password_and_an_address(own, viewer, wrong):
    answer = own.post(PATH, {"email": "clara@example.org", "password": PASSWORD} | wrong)
    assert answer.status_code == 200
    assert 'class="errorlist"' in answer.content.decode()
    viewer.refresh_from_db()
    assert viewer.email == ""


def test_nobody_tries_passwords_there(own, monkeypatch):
    monkeypatch.setattr(limits, "PASSWORDS_PER_HOUR", 2)
    wrong = {"email": "clara@example.org", "password": "wrong"}
    assert [own.post(PATH, wrong).status_code for _ in range(3)] == [200, 200, 429]


def test_nothing_else_of_the_person_is_written(own, viewer):
    """What an administrator changed meanwhile stays."""
    own.post(PATH, {"email": "clara@example.org", "password": PASSWORD, "is_staff": "on"})
    viewer.refresh_from_db()
    assert viewer.is_staff is False


def test_others_go_to_the_sign_in(client):
    make_user("clara")
    assert client.get(PATH)["Location"] == f"/accounts/login?next={PATH}"
