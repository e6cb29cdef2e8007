"""manage.py createtoken."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from knox.models import AuthToken

from images.models import Token
from tests.clients.api import IMAGES, client_of, problem

pytestmark = pytest.mark.django_db


def createtoken(*args: str) -> str:
    """Return what the command prints."""
    out = io.StringIO()
    call_command("createtoken", *args, stdout=out)
    return out.getvalue()


def status(token: str) -> int:
    return client_of().get(IMAGES, headers={"authorization": f"Token {token}"}).status_code


def test_the_last_word_is_a_token_that_works_and_does_not_expire(viewer):
    token = createtoken("viewer").split()[-1]
    assert status(token) == 200
    assert AuthToken.objects.get().expiry is None


def test_the_token_itself_is_not_kept(viewer):
    token = createtoken("viewer").split()[-1]
    row = AuthToken.objects.values().get()
    assert token not in map(str, row.values())


def test_a_user_may_have_several_tokens(viewer):
    tokens = [createtoken("viewer").split()[-1] for _ in range(2)]
    assert [status(token) for token in tokens] == [200, 200]


def test_days_set_when_it_expires(viewer):
    token = createtoken("viewer", "--days", "2").split()[-1]
    left = AuthToken.objects.get().expiry - timezone.now()
    assert timedelta(days=1, hours=23) < left <= timedelta(days=2)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert status(token) == 401


def test_it_has_the_name_that_it_was_given_and_may_write(viewer):
    createtoken("viewer", "--name", " Backup\x01 of the shelf ")
    createtoken("viewer")
    named, nameless = Token.objects.order_by("created")
    assert (named.name, named.scope) == ("Backup of the shelf", "write")
    assert (nameless.name, nameless.scope) == (f"{nameless.begins_with}…", "write")


def test_read_makes_one_that_changes_nothing(contributor):
    token = createtoken("contributor", "--read").split()[-1]
    assert status(token) == 200
    headers = {"authorization": f"Token {token}"}
    assert problem(client_of().post(IMAGES, headers=headers)) == (403, "permission_denied")


def test_a_name_that_is_too_long_is_refused(viewer):
    with pytest.raises(CommandError, match="--name"):
        createtoken("viewer", "--name", "x" * 101)
    assert not AuthToken.objects.exists()


def test_who_has_many_gets_one_more(viewer):
    for _ in range(101):
        createtoken("viewer")
    assert AuthToken.objects.count() == 101


@pytest.mark.parametrize("days", ["0", "-1", "1000000000"])
def test_days_out_of_reason_are_refused(viewer, days):
    with pytest.raises(CommandError, match="--days"):
        createtoken("viewer", f"--days={days}")
    assert not AuthToken.objects.exists()


def test_revoke_removes_all_tokens_of_the_user_and_no_others(viewer, editor):
    tokens = [createtoken(name).split()[-1] for name in ("viewer", "viewer", "editor")]
    assert createtoken("viewer", "--revoke") == "Tokens of viewer removed: 2\n"
    assert [status(token) for token in tokens] == [401, 401, 200]


def test_an_unknown_user_is_refused():
    with pytest.raises(CommandError, match="no user nobody"):
        createtoken("nobody")
