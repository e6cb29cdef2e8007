"""GET and POST /api/v1/tokens, DELETE /api/v1/tokens/{id}."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from rest_framework.test import APIClient

from images.accounts.tokens import make_token, revoke, tokens_of
from images.models import Token, TokenTerms
from tests.clients.api import IMAGES, client_of, problem, token_of

pytestmark = pytest.mark.django_db

TOKENS = "/api/v1/tokens"
FIELDS = {"id", "name", "scope", "expires_at", "last_used_at", "created_at"}


def make(user, **said):
    return client_of(user).post(TOKENS, {"name": "Robot", **said}, format="json")


def bearing(secret: str) -> APIClient:
    """Return a client that sends this token with each request."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def soon(**delta: float) -> str:
    return (timezone.now() + timedelta(**delta)).isoformat()


def test_a_token_is_made_and_its_text_answered_once(stranger):
    expires_at = soon(days=1)
    response = make(stranger, scope="write", expires_at=expires_at)
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    made = response.json()
    assert made.keys() == FIELDS | {"token"}
    secret = made.pop("token")
    assert (made["name"], made["scope"], made["last_used_at"]) == ("Robot", "write", None)
    assert datetime.fromisoformat(made["expires_at"]) == datetime.fromisoformat(expires_at)
    answer = client_of(stranger).get(TOKENS)
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer.json() == {"next": None, "previous": None, "results": [made]}
    (used,) = bearing(secret).get(TOKENS).json()["results"]
    hour = datetime.fromisoformat(used["last_used_at"])
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)
    assert timedelta() <= timezone.now() - hour < timedelta(hours=1, minutes=1)


def test_one_that_is_told_no_more_than_its_name_reads_and_does_not_expire(stranger):
    made = make(stranger).json()
    assert (made["scope"], made["expires_at"]) == ("read", None)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 7}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"days": 3}, "days"),
    ],
)
def test_what_it_cannot_be_is_refused(stranger, said, field):
    response = make(stranger, **said)
    assert problem(response) == (400, "validation_error")
    assert response.json()["errors"].keys() == {field}
    assert not Token.objects.exists()


def test_one_revokes_ones_own_and_no_others(stranger, viewer):
    made = make(stranger).json()
    address = f"{TOKENS}/{made['id']}"
    assert problem(client_of(viewer).delete(address)) == (404, "not_found")
    assert bearing(made["token"]).get(IMAGES).status_code == 200
    assert client_of(stranger).delete(address).status_code == 204
    response = bearing(made["token"]).get(IMAGES)
    assert problem(response) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Token"
    assert problem(client_of(stranger).delete(address)) == (404, "not_found")
    assert not TokenTerms.objects.exists()


def test_one_of_before_is_listed_and_revoked(stranger):
    headers = token_of(stranger)
    (row,) = client_of(stranger).get(TOKENS).json()["results"]
    beginning = headers["authorization"].split()[1][:8]
    assert (row["name"], row["scope"], row["expires_at"]) == (f"{beginning}…", "write", None)
    assert client_of(stranger).delete(f"{TOKENS}/{row['id']}", headers=headers).status_code == 204
    assert client_of().get(IMAGES, headers=headers).status_code == 401


def test_lists_are_pages(stranger):
    for number in range(60):
        make_token(stranger, name=str(number))
    first = client_of(stranger).get(TOKENS).json()
    assert first["previous"] is None
    second = client_of(stranger).get(first["next"]).json()
    names = [row["name"] for page in (first, second) for row in page["results"]]
    assert names == [str(number) for number in reversed(range(60))]
    assert second["next"] is None
    assert client_of(stranger).get(second["previous"]).json()["results"] == first["results"]


def test_nobody_has_none(client):
    for ask in (client.get, client.post):
        response = ask(TOKENS)
        assert problem(response) == (401, "not_authenticated")
        assert response["WWW-Authenticate"] == "Token"


def test_one_has_at_most_a_hundred_of_which_those_expired_do_not_count(stranger):
    for _ in range(100):
        make_token(stranger)
    response = make(stranger)
    assert problem(response) == (400, "validation_error")
    assert "the most" in str(response.json()["errors"]["non_field_errors"])
    Token.objects.filter(pk__in=Token.objects.values("pk")[:3]).update(expiry=timezone.now())
    assert make(stranger).status_code == 201
    assert Token.objects.count() == 98


# --- Tokens that are made with a token ---------------------------------------------------------------


def test_one_that_reads_lists_and_neither_makes_nor_revokes(stranger):
    _, secret = make_token(stranger, scope="read")
    robot = bearing(secret)
    assert robot.get(TOKENS).status_code == 200
    for response in (
        robot.post(TOKENS, {"name": "Other"}, format="json"),
        robot.delete(f"{TOKENS}/{Token.objects.get().id}"),
    ):
        assert problem(response) == (403, "permission_denied")
        assert "only read" in response.json()["detail"]
    assert Token.objects.count() == 1


def test_one_that_writes_makes_others_which_end_with_it(stranger):
    maker, secret = make_token(stranger)
    made = bearing(secret).post(TOKENS, {"name": "Machine"}, format="json").json()
    assert bearing(made["token"]).get(IMAGES).status_code == 200
    assert client_of(stranger).delete(f"{TOKENS}/{maker.id}").status_code == 204
    assert bearing(made["token"]).get(IMAGES).status_code == 401
    assert not Token.objects.exists()


def test_one_that_was_revoked_meanwhile_makes_none(stranger):
    maker, _ = make_token(stranger)
    revoke(tokens_of(stranger))
    with pytest.raises(PermissionDenied):
        make_token(stranger, made_with=maker)
    assert not Token.objects.exists()


def test_what_a_token_made_makes_none(stranger):
    _, secret = make_token(stranger)
    made = bearing(secret).post(TOKENS, {"name": "Machine", "scope": "write"}, format="json").json()
    response = bearing(made["token"]).post(TOKENS, {"name": "Other"}, format="json")
    assert problem(response) == (403, "permission_denied")
    assert "makes no others" in response.json()["detail"]
    assert Token.objects.count() == 2


def test_nothing_outlives_the_token_with_which_it_was_made(stranger):
    maker, secret = make_token(stranger, expires_at=timezone.now() + timedelta(days=2))
    robot = bearing(secret)
    assert robot.post(TOKENS, {"name": "a"}, format="json").json()[
        "expires_at"
    ] == maker.expiry.isoformat().replace("+00:00", "Z")
    sooner = robot.post(TOKENS, {"name": "b", "expires_at": soon(days=1)}, format="json")
    assert sooner.status_code == 201
    for later in (soon(days=3), None):
        response = robot.post(TOKENS, {"name": "c", "expires_at": later}, format="json")
        assert problem(response) == (400, "validation_error")
        assert response.json()["errors"].keys() == {"expires_at"}
    assert Token.objects.count() == 3


def test_a_session_makes_and_revokes_with_its_csrf_token(stranger):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(stranger, "django.contrib.auth.backends.ModelBackend")
    assert client.post(TOKENS, {"name": "a"}, format="json").status_code == 403
    client.cookies["csrftoken"] = "a" * 32
    headers = {"x-csrftoken": "a" * 32}
    made = client.post(TOKENS, {"name": "a"}, format="json", headers=headers)
    assert made.status_code == 201
    assert client.delete(f"{TOKENS}/{made.json()['id']}", headers=headers).status_code == 204
