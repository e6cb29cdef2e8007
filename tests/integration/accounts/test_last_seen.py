"""When a token was last used: to the hour, and so that no request fails or waits."""

from datetime import timedelta
from time import monotonic

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.accounts import last_seen
from images.accounts.last_seen import this_hour
from images.accounts.tokens import make_token
from images.models import Token
from tests.clients.api import IMAGES, client_of, token_of
from tests.factories import add_image, make_user
from tests.resilience.unwritable import SOON, another_writes, read_only

pytestmark = pytest.mark.django_db


def use(secret: str, path: str = IMAGES) -> int:
    return client_of().get(path, headers={"authorization": f"Token {secret}"}).status_code


def test_a_token_is_noted_once_an_hour(viewer, monkeypatch):
    token, secret = make_token(viewer, name="Robot")
    assert token.last_used_at is None
    assert use(secret) == 200
    assert Token.objects.get().last_used_at == this_hour()
    with CaptureQueriesContext(connection) as asked:
        assert use(secret) == 200
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []
    later = this_hour() + timedelta(hours=1)
    monkeypatch.setattr(last_seen, "this_hour", lambda: later)
    assert use(secret) == 200
    row = Token.objects.get()
    assert (row.last_used_at, row.name, row.scope) == (later, "Robot", "write")


def test_the_bytes_of_an_image_are_a_use_of_it_too(viewer):
    image = add_image(visibility="private")
    _, secret = make_token(viewer)
    assert use(secret, f"{IMAGES}/{image.pk}/file") == 200
    assert Token.objects.get().last_used_at == this_hour()


def test_one_of_before_is_noted_and_goes_on_to_write(contributor):
    headers = token_of(contributor)
    assert client_of().get(IMAGES, headers=headers).status_code == 200
    row = Token.objects.get()
    assert (row.last_used_at, row.scope) == (this_hour(), "write")
    assert client_of().post(IMAGES, headers=headers).status_code == 400


def test_what_is_refused_is_no_use(viewer):
    _, secret = make_token(viewer, scope="read")
    headers = {"authorization": f"Token {secret}"}
    assert client_of().post(IMAGES, headers=headers).status_code == 403
    assert Token.objects.get().last_used_at is None


def test_an_expired_one_is_refused_without_a_write(viewer, django_assert_num_queries):
    _, secret = make_token(viewer, expires_at=timezone.now() - timedelta(seconds=1))
    with django_assert_num_queries(1):
        assert use(secret) == 401
    assert Token.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("trouble", [another_writes, read_only])
def test_no_request_fails_or_waits_for_it_and_it_is_noted_later(trouble):
    _, secret = make_token(make_user("viewer", "Viewers"))
    with trouble("images_tokenterms"):
        began = monotonic()
        assert use(secret) == 200
        assert monotonic() - began < SOON
        assert Token.objects.get().last_used_at is None
    assert use(secret) == 200
    assert Token.objects.get().last_used_at == this_hour()
