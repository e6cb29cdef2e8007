"""Who is let in to what a share link shows, and that guessing at links and passwords leads nowhere."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from images.accounts import hashing
from images.accounts.visits import find_shared
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share, revoke
from images.errors import Busy
from images.http import limits
from images.models import Album, Image, ShareLink
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a long walk"
PICTURE = "full/max/0/default.webp"
NEVER = "A" * 22
NAME = "3e8d2f8a-54a6-4a7f-9a3c-1b7c1e0f2d11"


@pytest.fixture
def maker():
    return make_user("maker", "Contributors")


@pytest.fixture
def image(maker) -> Image:
    return add_image(make_image(seed=1), uploaded_by=maker, visibility="private", title="The view")


@pytest.fixture
def album(maker, image) -> Album:
    album = create(maker, title="Walk")
    file(maker, album, [image.pk])
    return album


def addresses(secret: str, name: str) -> list[str]:
    return [
        f"/s/{secret}",
        f"/s/{secret}?cursor=x",
        f"/s/{secret}/{name}",
        f"/s/{secret}/{name}/{PICTURE}",
        f"/s/{secret}/{name}/full/320,/0/default.jpg",
        f"/s/{secret}/{name}/file",
        f"/s/{secret}/download",
        f"/s/{secret}/x/y",
    ]


def name_of(secret: str, image: Image) -> str:
    return str(Shared(live_share(secret), secret).name_of(image))


def told(response, secret: str) -> tuple:
    """Return all that an answer tells, but for the secret that it was asked with."""
    headers = {name: value.replace(secret, "…") for name, value in response.items()}
    return response.status_code, headers, response.content.replace(secret.encode(), "…".encode())


# --- Dead is as never was --------------------------------------------------------------------------


def expire(share: ShareLink) -> None:
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def end(share: ShareLink) -> None:
    revoke(ShareLink.objects.all())


def send_away(share: ShareLink) -> None:
    type(share.maker).objects.update(is_active=False)


def throw_away(share: ShareLink) -> None:
    for image in Image.objects.all():
        image.deleted_at = timezone.now()
        image.write("deleted_at")


def take_over(share: ShareLink) -> None:
    Image.objects.update(uploaded_by=make_user("another"))


def delete(share: ShareLink) -> None:
    share.delete()


DEATHS = (expire, end, send_away, throw_away, take_over, delete)


@pytest.mark.drill
@pytest.mark.parametrize("password", ["", PASSWORD], ids=["open", "with a password"])
@pytest.mark.parametrize("die", DEATHS)
def test_a_dead_link_is_answered_as_one_that_never_was(die, password, maker, image, monkeypatch):
    monkeypatch.setattr(limits, "MISSES_PER_MINUTE", 1000)
    share, secret = make_share(maker, image, password=password)
    known = Client()
    known.post(f"/s/{secret}", {"password": password})
    assert known.get(f"/s/{secret}").status_code == 200
    assert known.get(f"/s/{secret}/{name_of(secret, image)}/{PICTURE}").status_code == 200
    name = name_of(secret, image)
    signed_in = Client()
    signed_in.force_login(maker)
    die(share)

    for method in ("GET", "HEAD", "POST"):
        for accept in ("text/html", "image/*"):
            for dead, never in zip(addresses(secret, name), addresses(NEVER, NAME), strict=True):
                headers = {"Accept": accept}
                expected = told(Client().generic(method, never, headers=headers), NEVER)
                assert expected[0] in ((404, 405) if method == "POST" else (404,))
                for client in (Client(), known, signed_in):
                    if die is send_away and client is signed_in:
                        continue  # is nobody by then
                    answer = client.generic(method, dead, headers=headers)
                    assert told(answer, secret) == expected, (method, dead)
                    assert not answer.cookies


@pytest.mark.parametrize(
    "secret", ["§", "%00", "%ff", "é", "A" * 5000, "a b", "%2e%2e", "%0a", NEVER.lower(), f" {NEVER}"]
)
def test_what_can_be_no_secret_is_as_one_that_never_was(client, secret):
    expected = told(client.get(f"/s/{NEVER}"), NEVER)
    assert told(client.get(f"/s/{secret}"), secret) == expected


def test_a_404_asks_for_no_session_and_knows_nobody(client, maker):
    client.force_login(maker)
    answer = client.get(f"/s/{NEVER}")
    assert answer.status_code == 404
    assert "Vary" not in answer
    assert "maker" not in answer.content.decode()


# --- The password ----------------------------------------------------------------------------------


def give(secret: str, password: str, client: Client | None = None, **extra) -> int:
    return (client or Client()).post(f"/s/{secret}", {"password": password}, **extra).status_code


@pytest.fixture
def locked(maker, album) -> str:
    """The secret of a link that has a password."""
    return make_share(maker, album, password=PASSWORD)[1]


def test_without_its_password_everything_but_the_question_is_absent(locked, image):
    page = Client().get(f"/s/{locked}")
    assert (page.status_code, page["Cache-Control"], page["Vary"]) == (200, "no-store", "Cookie")
    assert "Walk" not in page.content.decode()
    inner = Client().get(f"/s/{locked}/{name_of(locked, image)}")
    absent = Client().get(f"/s/{locked}/{NAME}")
    assert told(inner, locked) == told(absent, locked)
    assert (inner.status_code, inner["Location"], inner["Vary"]) == (302, f"/s/{locked}", "Cookie")
    for name in (name_of(locked, image), NAME):
        bytes_ = Client().get(f"/s/{locked}/{name}/{PICTURE}")
        assert told(bytes_, locked) == told(Client().get(f"/s/{NEVER}/{NAME}/{PICTURE}"), NEVER)


def test_a_password_is_of_one_link(maker, album, locked):
    """Also where two have the same: one may be taken back by another password."""
    _, other = make_share(maker, album, password=PASSWORD)
    client = Client()
    assert give(locked, PASSWORD, client) == 302
    (cookie,) = client.cookies.values()
    client.cookies["images.share"]["path"] = "/"
    answer = client.get(f"/s/{other}")
    assert "Walk" not in answer.content.decode()
    assert cookie.value


def test_a_forged_cookie_lets_nobody_in(locked):
    client = Client()
    give(locked, PASSWORD, client)
    value = client.cookies["images.share"].value
    for forged in ("", "x", value[:-1], value.replace(":", "%3A"), "é", value + "x"):
        client.cookies["images.share"] = forged
        assert "Walk" not in client.get(f"/s/{locked}").content.decode(), forged


@pytest.mark.parametrize("password", ["", "another"])
def test_who_gave_a_password_that_is_none_any_more_is_asked_again(locked, password):
    client = Client()
    give(locked, PASSWORD, client)
    ShareLink.objects.update(password="plain$" + password)
    assert "Walk" not in client.get(f"/s/{locked}").content.decode()


def test_the_cookie_is_as_safe_as_that_of_a_session(settings, locked):
    settings.SESSION_COOKIE_SECURE = True
    client = Client()
    give(locked, PASSWORD, client)
    cookie = client.cookies["images.share"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


def test_ten_wrong_passwords_of_one_address_are_the_last(locked, monkeypatch):
    looked = []
    monkeypatch.setattr("images.accounts.visits.check_password", lambda *said: looked.append(said) and False)
    assert [give(locked, "wrong") for _ in range(12)] == [403] * 10 + [429] * 2
    assert len(looked) == 10  # nothing is hashed beyond
    refused = Client().post(f"/s/{locked}", {"password": PASSWORD})
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert give(locked, "wrong", REMOTE_ADDR="192.0.2.7") == 403


def test_a_hundred_wrong_passwords_of_all_are_the_last(locked, monkeypatch):
    monkeypatch.setattr(limits, "GUESSES_OF_ALL_PER_HOUR", 3)
    said = [give(locked, "wrong", REMOTE_ADDR=f"192.0.2.{number}") for number in range(5)]
    assert said == [403] * 3 + [429] * 2


def test_an_address_beyond_its_guesses_takes_none_from_the_others(locked, monkeypatch):
    monkeypatch.setattr(limits, "GUESSES_PER_HOUR", 1)
    monkeypatch.setattr(limits, "GUESSES_OF_ALL_PER_HOUR", 2)
    assert [give(locked, "wrong") for _ in range(5)] == [403] + [429] * 4
    assert give(locked, "wrong", REMOTE_ADDR="192.0.2.7") == 403


def test_right_passwords_are_not_counted(locked):
    assert {give(locked, PASSWORD) for _ in range(15)} == {302}
    assert give(locked, "wrong") == 403


def test_a_password_that_nobody_looked_at_is_not_counted(locked, monkeypatch):
    def busy(*said):
        raise Busy("Others are.")

    with monkeypatch.context() as patch:
        patch.setattr("images.accounts.visits.check_password", busy)
        assert {give(locked, PASSWORD) for _ in range(15)} == {503}
    assert give(locked, PASSWORD) == 302


def test_a_password_waits_for_its_turn(locked, monkeypatch, settings):
    settings.PASSWORD_HASHERS = ["images.accounts.hashing.PBKDF2InTurn"]
    ShareLink.objects.update(password="pbkdf2_sha256$1$salt$hash")
    monkeypatch.setattr(hashing, "TIMEOUT", 0.01)
    with hashing.turns.turn("held by another"):
        answer = Client().post(f"/s/{locked}", {"password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_space_around_what_was_copied_is_none_of_it(locked):
    assert give(locked, f" {PASSWORD}\n") == 302


def test_a_link_without_a_password_takes_none(maker, image):
    _, secret = make_share(maker, image)
    answer = Client().post(f"/s/{secret}", {"password": "x"})
    assert (answer.status_code, answer["Location"], answer.cookies) == (302, f"/s/{secret}", {})


@pytest.mark.parametrize("fields", [{}, {"password": ""}, {"password": "x" * 129}, {"password": "\0"}])
def test_what_can_be_no_password_is_a_wrong_one(locked, fields):
    assert Client().post(f"/s/{locked}", fields).status_code == 403


# --- Guessing links --------------------------------------------------------------------------------


def test_who_guesses_is_told_to_stop_and_who_has_a_link_is_not(maker, image, monkeypatch):
    monkeypatch.setattr(limits, "MISSES_PER_MINUTE", 3)
    _, secret = make_share(maker, image)
    share, dead = make_share(maker, image)
    revoke(ShareLink.objects.filter(pk=share.pk))
    client = Client()
    said = [client.get(f"/s/{number:022}").status_code for number in range(5)]
    assert said == [404] * 3 + [429] * 2
    assert client.get(f"/s/{secret}").status_code == 200
    assert client.get(f"/s/{secret}/{name_of(secret, image)}/{PICTURE}").status_code == 200
    refused = client.get(f"/s/{dead}")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert told(refused, dead) == told(client.get(f"/s/{NEVER}"), NEVER)
    picture = client.get(f"/s/{NEVER}/{NAME}/{PICTURE}")
    assert (picture.status_code, picture["Content-Type"]) == (429, "application/problem+json")
    assert picture["RateLimit-Policy"] == '"misses";q=3;w=60'
    assert Client(REMOTE_ADDR="192.0.2.7").get(f"/s/{NEVER}").status_code == 404


def test_a_miss_is_one_question_and_one_count(client, django_assert_num_queries):
    client.get(f"/s/{NEVER}")
    counted_there = connection.vendor == "postgresql"  # elsewhere the count is no question to the catalogue
    with django_assert_num_queries(1 + counted_there):
        client.get(f"/s/{NEVER}")


def test_what_the_byte_views_ask_for(rf, locked, maker, image):
    with pytest.raises(ShareLink.DoesNotExist):
        find_shared(rf.get("/"), locked)
    _, secret = make_share(maker, image)
    assert find_shared(rf.get("/"), secret).page().rows == [image]
