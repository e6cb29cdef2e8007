"""/accounts/invitations: addresses for newcomers are made, seen what became of them, revoked."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from images.accounts import invitations
from images.accounts.invitations import invite, join
from images.models import Invitation
from images.pages.invitations import PAGE
from tests.clients.pages import Form, Tags
from tests.factories import make_user
from tests.integration.pages.test_account import text

pytestmark = pytest.mark.django_db

PATH = "/accounts/invitations"


@pytest.fixture
def own(client, editor) -> Client:
    client.force_login(editor)
    return client


def group(name: str = "Contributors") -> Group:
    return Group.objects.get(name=name)


def make(client: Client, **said: str):
    """Return the answer to the form, filled in so."""
    form = Form(client.get(PATH), "group")
    return client.post(
        PATH, form.fields | {"action": "make", "group": str(group().pk), "note": "Ana", **said}
    )


def address_of(response) -> str:
    """Return the address that a page shows."""
    return next(attrs["value"] for tag, attrs in Tags(response).all if attrs.get("id") == "address")


def test_one_is_made_shown_once_and_leads_to_an_account(own):
    response = make(own)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    address = address_of(response)
    assert address.startswith("http://testserver/accounts/join/")
    assert Client().get(urlsplit(address).path).status_code == 200
    page = own.get(PATH)
    assert address not in page.content.decode()
    assert "Ana open" in text(page)
    assert "into Contributors" in text(page)


def test_its_address_has_the_origin_that_people_use(own, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    assert address_of(make(own)).startswith("https://images.example.org/accounts/join/")


@pytest.mark.parametrize(("days", "age"), [("", 7), ("1", 1), ("7", 7), ("31", 31)])
def test_when_it_ends_is_chosen(own, days, age):
    make(own, **({"days": days} if days else {}))
    assert round((Invitation.objects.get().expires_at - timezone.now()) / timedelta(days=1)) == age


@pytest.mark.parametrize(
    "wrong",
    [{"group": ""}, {"group": "0"}, {"group": "x"}, {"days": "32"}, {"days": ""}, {"note": "x" * 101}],
)
def test_what_is_wrong_is_said_and_makes_none(own, wrong):
    response = make(own, **wrong)
    assert response.status_code == 400
    assert 'class="errorlist"' in response.content.decode()
    assert not Invitation.objects.exists()


def test_only_groups_within_one_s_own_are_offered(own):
    beyond = Group.objects.create(name="Managers")
    beyond.permissions.add(Permission.objects.get(codename="add_user"))
    assert "Managers" not in text(own.get(PATH))
    assert make(own, group=str(beyond.pk)).status_code == 400


def test_one_too_many_is_refused_in_words(own, monkeypatch):
    monkeypatch.setattr(invitations, "MOST", 1)
    make(own)
    response = make(own)
    assert response.status_code == 400
    assert "You have 1 open invitations, which is the most." in text(response)


def test_what_became_of_each_is_told(own, editor):
    _, secret = invite(editor, group(), note="Used one")
    join(secret, User(username="robin"))
    invite(editor, group("Viewers"), note="Late one")
    Invitation.objects.filter(note="Late one").update(expires_at=timezone.now())
    page = text(own.get(PATH))
    assert "Used one used by robin" in page
    assert "Late one expired" in page
    User.objects.get(username="robin").delete()
    assert "robin" not in text(own.get(PATH))


def test_one_is_revoked(own, editor):
    invitation, secret = invite(editor, group(), note="Ana")
    answer = own.post(PATH, {"action": "revoke", "id": invitation.pk}, follow=True)
    assert "The invitation is revoked" in text(answer)
    assert "Ana" not in text(answer)
    assert Client().get(f"/accounts/join/{secret}").status_code == 404


def test_those_of_others_are_neither_seen_nor_revoked(own):
    invitation, _ = invite(make_user("ed", "Editors"), group(), note="Theirs")
    assert "Theirs" not in text(own.get(PATH))
    own.post(PATH, {"action": "revoke", "id": invitation.pk})
    assert Invitation.objects.exists()


def test_many_are_listed_in_pages_in_few_queries(own, editor, django_assert_max_num_queries):
    for number in range(PAGE + 1):
        invite(editor, group(), note=f"Guest {number:03}")
    with django_assert_max_num_queries(9):
        page = own.get(PATH)
    assert text(page).count("Guest") == PAGE
    following = Tags(page).link(rel="next")["href"]
    assert "Guest 000" in text(own.get(following))


def test_only_who_may_invite_is_led_there(client, editor, contributor):
    for user, leads in ((editor, True), (contributor, False)):
        client.force_login(user)
        assert bool(Tags(client.get("/account")).link(href=PATH)) is leads
        assert client.get(PATH).status_code == (200 if leads else 403)
        assert client.post(PATH, {"action": "make"}).status_code == (400 if leads else 403)


@pytest.mark.parametrize("fields", [{}, {"action": "burn"}, {"action": "revoke", "id": "x"}])
def test_what_there_is_not_is_not_found(own, fields):
    assert own.post(PATH, fields).status_code == 404


def test_every_form_needs_the_csrf_token(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post(PATH, {"action": "make"}).status_code == 403
