"""A new password for somebody who forgot theirs: by e-mail, or by the link that an administrator made."""

import logging
import re
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from images.accounts import resets
from images.accounts.resets import link_of
from images.accounts.sessions import sessions_of
from images.http import limits
from images.tasks.queue import do, take
from tests.clients.api import IMAGES, client_of, token_of
from tests.clients.pages import Tags
from tests.factories import PASSWORD, add_image, make_user

PATH = "/accounts/reset"
NEW = "staple battery horse"
SAID = {"new_password1": NEW, "new_password2": NEW}
ADDRESS = "robin@example.org"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued")]


@pytest.fixture(autouse=True)
def sends(settings):
    settings.SENDS_EMAIL = True
    settings.DEFAULT_FROM_EMAIL = "library@example.org"


@pytest.fixture
def robin(db) -> User:
    return make_user("robin", "Viewers", email=ADDRESS)


@pytest.fixture
def root(db) -> Client:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def ask(client: Client, address: str = ADDRESS, **extra):
    """Ask for a mail, and return the answer when a worker did all that there is to do."""
    answer = client.post(PATH, {"email": address}, **extra)
    work_off()
    return answer


def work_off() -> None:
    while task := take("a worker"):
        do(task)


def rows() -> list[DBTaskResult]:
    return list(DBTaskResult.objects.order_by("enqueued_at"))


def path_in(message) -> str:
    """Return the path of the address in a mail."""
    (address,) = re.findall(r"http\S+", message.body)
    return urlsplit(address).path


# --- By e-mail -------------------------------------------------------------------------------------


def test_whoever_has_the_mail_sets_a_new_password_and_is_signed_in(client, robin):
    page = client.get("/accounts/login")
    assert Tags(page).link(href=PATH)
    assert client.get(PATH).status_code == 200
    answer = ask(client)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login")
    (message,) = mail.outbox
    assert (message.to, message.from_email) == ([ADDRESS], "library@example.org")
    assert "imagelib" in message.subject
    assert "robin" in message.body

    there = Client()
    path = path_in(message)
    answer = there.get(path, follow=True)
    assert answer.redirect_chain == [(f"{path.rpartition('/')[0]}/set-password", 302)]
    answer = there.post(answer.redirect_chain[0][0], SAID, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Your password was set" in answer.content.decode()
    assert there.get("/account").status_code == 200
    robin.refresh_from_db()
    assert robin.check_password(NEW)
    assert Client().get(path).status_code == 404


def test_the_address_has_the_origin_that_people_use(client, robin, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    ask(client)
    assert "\nhttps://images.example.org/accounts/reset/" in mail.outbox[0].body


def test_no_host_that_is_not_the_library_s_gets_into_a_mail(client, robin):
    assert ask(client, headers={"host": "evil.example"}).status_code == 400
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("address", "sent"),
    [(ADDRESS, 1), ("ROBIN@example.org", 1), ("nobody@example.org", 0), ("robin@examp\u0131e.org", 0)],
)
def test_the_answer_is_the_same_whether_it_is_known(client, robin, address, sent):
    first = ask(Client(), "unknown@example.org")
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(PATH, {"email": address})
    assert not [one for one in queries.captured_queries if "auth_user" in one["sql"]]
    assert len(rows()) == 1
    work_off()
    assert (answer.status_code, headers_of(answer)) == (first.status_code, headers_of(first))
    assert "a mail is on its way" in client.get("/accounts/login").content.decode()
    assert len(mail.outbox) == sent


@pytest.mark.parametrize("state", ["not active", "without a password"])
def test_who_may_not_sign_in_by_password_gets_none(client, robin, state):
    robin.is_active = state != "not active"
    if state == "without a password":
        robin.set_unusable_password()
    robin.save()
    ask(client)
    assert mail.outbox == []


def test_the_link_of_a_mail_that_waits_is_nowhere(client, robin, root):
    client.post(PATH, {"email": ADDRESS})
    (find,) = rows()
    do(take("a worker"))
    (send,) = rows()
    token = link_of(robin).rpartition("/")[2].partition("-")[2]
    for row in (find, send):
        assert token not in str(vars(row))
    assert ADDRESS not in str(vars(send))
    assert ADDRESS not in root.get("/admin/django_tasks_database/dbtaskresult/").content.decode()


def test_nobody_waits_for_a_mail_behind_uploads(client, robin):
    add_image()
    client.post(PATH, {"email": ADDRESS})
    do(take("a worker"))
    do(take("a worker"))
    assert len(mail.outbox) == 1


def refuse(self, messages):
    raise SMTPRecipientsRefused({ADDRESS: (550, b"no such user here")})


def test_a_server_that_is_away_loses_no_mail_and_the_log_has_no_address(
    client, robin, root, monkeypatch, caplog
):
    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr(EmailBackend, "send_messages", refuse)
        assert ask(client).status_code == 302
    assert "SMTPRecipientsRefused" in caplog.text
    assert ADDRESS not in caplog.text
    assert "robin" not in caplog.text
    page = root.get("/admin/django_tasks_database/dbtaskresult/").content.decode()
    assert "Undelivered: The server for mail took none: SMTPRecipientsRefused." in page
    DBTaskResult.objects.update(run_after=timezone.now())
    work_off()
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    assert rows() == []


def test_a_mail_that_would_come_too_late_is_not_sent(client, robin, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        ask(client)
    later = timezone.now() + resets.LATEST + timedelta(seconds=9)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: later)
        work_off()
    assert mail.outbox == []
    assert "was away for too long" in caplog.text
    assert rows() == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}, {"password": "!"}])
def test_who_may_have_no_link_any_more_gets_none(client, robin, change):
    client.post(PATH, {"email": ADDRESS})
    do(take("a worker"))
    User.objects.filter(pk=robin.pk).update(**change)
    work_off()
    assert mail.outbox == []


def test_one_address_asks_only_so_often(client, robin, monkeypatch):
    monkeypatch.setattr(limits, "MAILS_PER_HOUR", 2)
    assert [ask(client, f"{n}@example.org").status_code for n in range(3)] == [302, 302, 429]
    assert ask(client, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_one_mailbox_is_not_flooded_and_nobody_is_told(robin):
    statuses = {ask(Client(REMOTE_ADDR=f"192.0.2.{n}")).status_code for n in range(6)}
    assert statuses == {302}
    assert len(mail.outbox) == limits.MAILS_TO_ONE_PER_HOUR


def test_what_is_no_address_is_said(client):
    answer = client.post(PATH, {"email": "robin"})
    assert answer.status_code == 400
    assert "Enter a valid email address." in answer.content.decode()


def test_without_a_server_for_mail_an_administrator_is_named(client, settings):
    settings.SENDS_EMAIL = False
    page = client.get("/accounts/login")
    assert Tags(page).link(href=PATH) is None
    assert "an administrator" in page.content.decode()
    assert client.get(PATH).status_code == 404
    assert client.post(PATH, {"email": ADDRESS}).status_code == 404


# --- The link --------------------------------------------------------------------------------------


def open_link(person: User) -> tuple[Client, str]:
    """Return a browser that came by a link of the person, and where it was led."""
    client = Client()
    answer = client.get(link_of(person))
    assert answer.status_code == 302
    return client, answer["Location"]


def test_the_token_leaves_the_address_and_no_cache_keeps_either(robin):
    client, path = open_link(robin)
    for answer in (Client().get(link_of(robin)), client.get(path)):
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "strict-origin"
        assert "noindex" in answer["X-Robots-Tag"]
    assert path.endswith("/set-password")


def headers_of(answer) -> dict[str, str]:
    """Return all but when the answer was made, which may be in the next second."""
    return {name: value for name, value in answer.headers.items() if name != "Expires"}


@pytest.mark.parametrize("end", ["used", "password changed", "signed in", "too old", "not active", "deleted"])
def test_a_dead_link_answers_as_one_that_never_was(robin, end, monkeypatch):
    link = link_of(robin)
    never = re.sub(r"/[\w-]+/[\w-]+$", "/OTk5OTk5/abc-0123", link)
    match end:
        case "used":
            client, path = open_link(robin)
            assert client.post(path, SAID).status_code == 302
        case "password changed":
            robin.set_password(NEW)
            robin.save()
        case "signed in":
            Client().post("/accounts/login", {"username": "robin", "password": PASSWORD})
        case "too old":
            later = datetime.now() + timedelta(days=1, seconds=1)
            monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
        case "not active":
            User.objects.update(is_active=False)
        case "deleted":
            robin.delete()
    answers = []
    for path in (link, never):
        answer = Client().get(path)
        assert path not in answer.content.decode()
        text = re.sub(r'value="\w{64}"', "", answer.content.decode())
        answers.append((answer.status_code, headers_of(answer), text))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert "does not work" in answers[0][2]


def test_who_is_deactivated_while_the_form_is_open_sets_nothing(robin):
    client, path = open_link(robin)
    User.objects.update(is_active=False)
    assert client.post(path, SAID).status_code == 404
    robin.refresh_from_db()
    assert robin.check_password(PASSWORD)
    User.objects.update(is_active=True)
    assert client.post(path, SAID).status_code == 302


def test_all_sessions_end_and_tokens_where_it_is_asked_for(robin):
    there = Client()
    there.post("/accounts/login", {"username": "robin", "password": PASSWORD})
    headers = token_of(robin)
    robin.refresh_from_db()  # signed in meanwhile
    client, path = open_link(robin)
    assert "Revoke 1 API token too" in client.get(path).content.decode()
    assert client.post(path, SAID).status_code == 302
    assert there.get("/account").status_code == 302
    assert sessions_of(robin).count() == 1
    assert client_of().get(IMAGES, headers=headers).status_code == 200
    robin.refresh_from_db()
    client, path = open_link(robin)
    assert client.post(path, SAID | {"revoke_tokens": "on"}).status_code == 302
    assert client_of().get(IMAGES, headers=headers).status_code == 401


def test_a_password_that_is_refused_is_said_and_the_link_lives(robin):
    client, path = open_link(robin)
    answer = client.post(path, {"new_password1": "12345678", "new_password2": "12345678"})
    assert "This password is too common." in answer.content.decode()
    assert client.post(path, SAID).status_code == 302


def test_one_address_has_only_so_many_tries(robin, monkeypatch):
    monkeypatch.setattr(limits, "PASSWORDS_PER_HOUR", 2)
    client, path = open_link(robin)
    wrong = SAID | {"new_password2": "another"}
    assert [client.post(path, wrong).status_code for _ in range(3)] == [200, 200, 429]


def test_who_was_locked_out_is_in(robin):
    for _ in range(10):
        answer = Client().post("/accounts/login", {"username": "robin", "password": "wrong"})
    assert answer.status_code == 429
    client, path = open_link(robin)
    client.post(path, SAID)
    assert client.get("/account").status_code == 200
    assert Client().post("/accounts/login", {"username": "robin", "password": NEW}).status_code == 302
