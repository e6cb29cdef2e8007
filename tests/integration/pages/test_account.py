"""/account: sessions, API tokens, and what to do with a token."""

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from images.accounts.tokens import make_token
from images.models import KnownSession, Token
from tests.clients.api import IMAGES, client_of, token_of
from tests.clients.pages import Form, Tags
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PATH = "/account"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"


@pytest.fixture
def own(client, contributor) -> Client:
    client.force_login(contributor)
    return client


def make(client: Client, **said: str):
    """Return the answer to the form that makes a token, filled in so."""
    form = Form(client.get(PATH), "days")
    return client.post(PATH, form.filled() | {"action": "make", "name": "Laptop", **said})


def text_of(response) -> str:
    """Return the text of the token that a page shows."""
    return next(a["value"] for tag, a in Tags(response).all if a.get("id") == "token")


def status(text: str) -> int:
    return client_of().get(IMAGES, headers={"authorization": f"Token {text}"}).status_code


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# --- Tokens ----------------------------------------------------------------------------------------


def test_a_token_is_made_used_seen_and_revoked(own):
    response = make(own, scope="write")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    token = text_of(response)
    assert status(token) == 200
    page = own.get(PATH)
    assert token not in page.content.decode()
    assert "Laptop reads and writes" in text(page)
    assert f"begins with {token[:8]}" in text(page)
    assert "last used" in text(page)
    (row,) = Token.objects.all()
    answer = own.post(PATH, {"action": "revoke", "id": row.id}, follow=True)
    assert "The token is revoked" in text(answer)
    assert "Laptop" not in text(answer)
    assert status(token) == 401


def test_what_is_not_said_is_the_safer(own):
    response = make(own)
    (row,) = Token.objects.all()
    assert row.scope == "read"
    assert timedelta(days=89) < row.expiry - timezone.now() <= timedelta(days=90)
    token = {"authorization": f"Token {text_of(response)}"}
    assert client_of().post(IMAGES, headers=token).status_code == 403


@pytest.mark.parametrize(("days", "age"), [("30", 30), ("365", 365), ("never", None)])
def test_when_it_ends_is_chosen(own, days, age):
    make(own, days=days)
    (row,) = Token.objects.all()
    assert (row.expiry and round((row.expiry - timezone.now()) / timedelta(days=1))) == age


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": " \x01 "}, {"name": "x" * 101}, {"scope": "all"}, {"days": "31"}, {"days": ""}],
)
def test_what_is_wrong_is_said_and_makes_none(own, wrong):
    response = make(own, **wrong)
    assert response.status_code == 400
    assert 'class="errorlist"' in response.content.decode()
    assert not Token.objects.exists()


def test_the_hundred_and_first_is_refused_in_words(own, contributor):
    for _ in range(100):
        make_token(contributor)
    response = make(own)
    assert response.status_code == 400
    assert "You have 100 tokens, which is the most." in text(response)
    assert Token.objects.count() == 100


def test_one_that_was_made_before_there_were_names_is_listed(own, contributor):
    headers = token_of(contributor)
    beginning = headers["authorization"].split()[1][:8]
    assert f"{beginning}… reads and writes" in text(own.get(PATH))


def test_one_that_expired_says_so(own, contributor):
    make_token(contributor, name="Old", expires_at=timezone.now() - timedelta(days=1))
    assert "expired" in text(own.get(PATH))


def test_those_of_others_are_neither_seen_nor_revoked(own, stranger):
    token, secret = make_token(stranger, name="Theirs")
    assert "Theirs" not in text(own.get(PATH))
    own.post(PATH, {"action": "revoke", "id": token.id})
    assert status(secret) == 200


# --- What to do with it ----------------------------------------------------------------------------


def test_lines_have_the_origin_that_people_use_and_no_token(own, settings):
    assert "http://testserver/api/v1/images" in own.get(PATH).content.decode()
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    assert own.get(PATH).content.decode().count("https://images.example.org/api/v1/images") == 4
    response = make(own, scope="write")
    assert response.content.decode().count(text_of(response)) == 2  # the field, and the form for ShareX


def test_only_who_may_upload_is_told_how(client, viewer):
    client.force_login(viewer)
    response = make(client, scope="write")
    assert "Upload an image" not in text(response)
    assert "ShareX" not in text(response)
    assert "List images" in text(response)


def test_sharex_is_told_all_it_needs(own, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    response = make(own, scope="write")
    fields = Form(response, "token").fields | {"action": "sharex"}
    answer = own.post(PATH, fields)
    assert answer["Content-Disposition"] == 'attachment; filename="images.example.org.sxcu"'
    assert "no-store" in answer["Cache-Control"]
    uploader = json.loads(answer.content)
    assert uploader["RequestURL"] == "https://images.example.org/api/v1/images"
    assert uploader["RequestMethod"] == "POST"
    assert uploader["Body"] == "MultipartFormData"
    assert uploader["FileFormName"] == "file"
    assert uploader["Arguments"] == {"location": "strip"}
    assert uploader["Headers"] == {"Authorization": f"Token {text_of(response)}"}
    assert uploader["URL"] == "{json:file_url}"


def test_sharex_is_not_offered_for_one_that_reads(own):
    assert "ShareX" not in text(make(own))


@pytest.mark.parametrize("token", ["", "x", "a" * 63, 'a"' * 32])
def test_no_file_is_made_of_what_is_no_token(own, token):
    assert own.post(PATH, {"action": "sharex", "token": token}).status_code == 404


# --- Sessions --------------------------------------------------------------------------------------


def sign_in(agent: str) -> Client:
    client = Client(headers={"user-agent": agent})
    answer = client.post("/accounts/login", {"username": "contributor", "password": PASSWORD})
    assert answer.status_code == 302
    return client


@pytest.fixture
def two(contributor) -> tuple[Client, Client]:
    """A person's browsers on two machines."""
    return sign_in(FIREFOX), sign_in(SAFARI)


def test_sessions_are_listed_and_this_one_is_marked(two):
    here, _ = two
    page = text(here.get(PATH))
    assert "Firefox on Linux this one" in page
    assert "Safari on iPhone signed in" in page


def test_one_that_was_never_noted_is_on_the_first_page(client, viewer):
    client.force_login(viewer)
    assert "this one" in text(client.get(PATH))


def test_no_key_of_a_session_is_on_the_page(two):
    page = two[0].get(PATH).content.decode()
    assert [key for key in Session.objects.values_list("pk", flat=True) if key in page] == []


def test_another_session_is_ended(two):
    here, there = two
    row = KnownSession.objects.get(agent=SAFARI)
    assert "That session is ended." in text(here.post(PATH, {"action": "end", "id": row.pk}, follow=True))
    assert there.get(PATH).status_code == 302
    assert here.get(PATH).status_code == 200
    assert not KnownSession.objects.filter(pk=row.pk).exists()


def test_all_other_sessions_are_ended(two):
    here, there = two
    third = sign_in("curl/8")
    page = text(here.post(PATH, {"action": "end_others"}, follow=True))
    assert "2 other sessions are ended." in page
    assert [client.get(PATH).status_code for client in (here, there, third)] == [200, 302, 302]
    assert "End all other sessions" not in page


def test_those_of_others_are_neither_seen_nor_ended(two, stranger):
    theirs = Client(headers={"user-agent": "Opera OPR/1"})
    theirs.force_login(stranger)
    theirs.get(PATH)
    here, _ = two
    assert "Opera" not in text(here.get(PATH))
    row = KnownSession.objects.get(user=stranger)
    here.post(PATH, {"action": "end", "id": row.pk})
    here.post(PATH, {"action": "end_others"})
    assert theirs.get(PATH).status_code == 200


def test_at_most_fifty_are_listed(own, contributor):
    own.get(PATH)
    later = timezone.now() + timedelta(days=1)
    for number in range(60):
        row = Session.objects.create(session_key=f"{number:032}", session_data="", expire_date=later)
        facts = {"user": contributor, "created_at": later, "seen_at": later}
        KnownSession.objects.create(session=row, **facts)
    page = text(own.get(PATH))
    assert page.count("last seen") == 50 + 1  # and the sentence before the list
    assert "There are more" in page


# --- The door --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["make", "revoke", "end", "end_others", "sharex"])
def test_every_form_needs_the_csrf_token(contributor, action):
    client = Client(enforce_csrf_checks=True)
    client.force_login(contributor)
    assert client.post(PATH, {"action": action}).status_code == 403


@pytest.mark.parametrize(
    "fields", [{}, {"action": "burn"}, {"action": "end", "id": "x"}, {"action": "revoke"}]
)
def test_what_there_is_not_is_not_found(own, fields):
    assert own.post(PATH, fields).status_code == 404


def test_others_go_to_the_sign_in(client):
    for answer in (client.get(PATH), client.post(PATH, {"action": "end_others"})):
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login?next=/account")


def test_it_says_who_one_is_and_leads_to_the_password(client):
    client.force_login(make_user("ada", first_name="Ada", last_name="Lovelace", email="ada@example.org"))
    page = client.get(PATH)
    assert "ada Ada Lovelace ada@example.org" in text(page)
    assert Tags(page).link(href="/accounts/password")
    assert Tags(client.get("/")).link(href=PATH)


def test_it_costs_few_queries(own, contributor, django_assert_max_num_queries):
    own.get(PATH)
    for number in range(30):
        make_token(contributor, name=str(number))
    with django_assert_max_num_queries(8):
        own.get(PATH)
