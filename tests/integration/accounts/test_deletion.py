"""What a deleted person leaves: images, albums and their history, without the name. What signs in ends."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.accounts import deletion
from images.accounts.invitations import invite, join
from images.accounts.resets import link_of
from images.accounts.tokens import make_token
from images.catalogue.album_curation import create, delete, describe
from images.catalogue.album_entries import file
from images.catalogue.curation import act, editing, put, trashing
from images.catalogue.favourites import favour
from images.catalogue.sharing import make_share
from images.catalogue.undoing import undo
from images.maintenance import manifest
from images.models import Album, Change, Favourite, Image, Invitation, KnownSession, ShareLink, Token
from tests.clients.api import IMAGES, client_of
from tests.clients.pages import Tags
from tests.factories import PASSWORD, add_image, make_image, make_user

pytestmark = pytest.mark.django_db

NAME = "wilhelmina"
USERS = "/admin/auth/user/"


def describing(words: str) -> Callable[[Image], list[str]]:
    return lambda image: put(image, {"description": words})


@pytest.fixture
def root(client) -> Client:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def person(editor) -> User:
    """Somebody who has done all that leaves a trace."""
    _, secret = invite(editor, Group.objects.get(name="Editors"), note="A guest")
    join(secret, User(username=NAME, email=f"{NAME}@example.org"))
    person = User.objects.get(username=NAME)
    person.set_password(PASSWORD)
    person.first_name, person.last_name = NAME.title(), NAME.upper()
    person.is_staff = True
    person.save()
    for seed, visibility in enumerate(("public", "unlisted", "private", "private")):
        image = add_image(
            make_image(seed=seed), title=f"Kite {seed}", visibility=visibility, uploaded_by=person
        )
        act(person, editing(describing(f"No. {seed}")), [image.pk])
    act(person, trashing(), [image.pk])
    album = create(person, "Kites", visibility="public")
    file(person, album, Image.objects.filter(deleted_at=None).values_list("pk", flat=True))
    describe(person, album, description="In the sky.")
    gone = create(person, "Gone")
    delete(gone, by=person)
    make_share(person, album, note="A friend")
    favour(person, Image.objects.all())
    token, _ = make_token(person, name="Shelf")
    make_token(person, made_with=token)
    Client().post("/accounts/login", {"username": NAME, "password": PASSWORD})
    Client().post("/accounts/login", {"username": NAME, "password": "wrong"})
    invite(person, Group.objects.get(name="Viewers"))
    return User.objects.get(pk=person.pk)


def curated(root: Client, person: User) -> None:
    """Have an administrator look after what is the person's, which the admin's log keeps."""
    address = f"{USERS}{person.pk}/"
    assert root.post(f"{address}password-link/").status_code == 200
    token = Token.objects.filter(user=person).last()
    assert root.post(f"/admin/knox/authtoken/{token.pk}/delete/", {"post": "yes"}).status_code == 302
    invitation = person.invitations.last()
    assert root.post(f"/admin/images/invitation/{invitation.pk}/delete/", {"post": "yes"}).status_code == 302


def pages_of(client: Client) -> Iterator[tuple[str, str]]:
    """Yield the address of each page about images, albums, people and what was done, and what it says."""
    images = [*Image.objects.values_list("pk", flat=True)]
    every = [
        *("/", "/?search=kite", "/search", "/tags", "/trash", "/account", "/accounts/invitations"),
        *("/albums", "/albums/kites", "/albums/kites/history"),
        *(IMAGES, f"{IMAGES}?trashed=1", "/api/v1/albums", "/api/v1/tags"),
        *(f"/api/v1/suggestions?search={NAME[:length]}" for length in (1, 3)),
        f"/api/v1/suggestions?search=by:{NAME[:1]}",
        *("/admin/", USERS, "/admin/knox/authtoken/", "/admin/axes/accessattempt/"),
        *("/admin/images/image/", "/admin/images/album/", "/admin/images/invitation/"),
        *("/shares", "/admin/images/sharelink/"),
        *(f"/admin/images/album/{pk}/change/" for pk in Album.objects.values_list("pk", flat=True)),
        *(f"/admin/images/album/{pk}/history/" for pk in Album.objects.values_list("pk", flat=True)),
        *(
            place.format(pk)
            for pk in images
            for place in (
                "/images/{}",
                "/images/{}/history",
                IMAGES + "/{}",
                IMAGES + "/{}/history",
                "/admin/images/image/{}/change/",
                "/admin/images/image/{}/history/",
            )
        ),
    ]
    for address in every:
        yield address, client.get(address, follow=True).content.decode()
    for number, line in enumerate(manifest.catalogue(timezone.now())):
        yield f"line {number} of a backup", json.dumps(line, default=str)


def telling(client: Client) -> list[str]:
    """Return the addresses of what tells the name."""
    return [address for address, text in pages_of(client) if NAME in text.lower()]


def test_images_stay_and_the_name_goes_where_it_was_shown(root, person):
    curated(root, person)
    before = telling(root)
    assert len(before) > 25  # they do tell it
    images = [*Image.objects.order_by("pk").values_list("pk", "visibility", "deleted_at", "title")]
    answer = root.post(f"{USERS}{person.pk}/delete/", {"post": "yes"}, follow=True)
    assert "deleted successfully" in answer.content.decode()
    assert telling(root) == []
    assert [*Image.objects.order_by("pk").values_list("pk", "visibility", "deleted_at", "title")] == images
    assert Album.objects.get().title == "Kites"
    living = Image.objects.filter(deleted_at=None).first()
    for address in (f"/images/{living.pk}/history", f"/admin/images/image/{living.pk}/change/"):
        assert "somebody who is gone" in root.get(address).content.decode(), address
    log = LogEntry.objects.filter(object_id=str(person.pk))
    assert {entry.object_repr for entry in log} == {"somebody who is gone"}


def test_many_are_deleted_alike(root, person, viewer):
    chosen = {"action": "delete_selected", "post": "yes", "_selected_action": [person.pk, viewer.pk]}
    assert root.post(USERS, chosen, follow=True).status_code == 200
    assert not User.objects.filter(pk__in=[person.pk, viewer.pk]).exists()
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"somebody who is gone"}
    assert Change.objects.get(kind="album", what="delete").before["made_by"] is None


def test_all_that_signs_in_ends(root, person):
    _, secret = make_token(person)
    there = Client()
    there.force_login(person)
    assert there.get("/account").status_code == 200
    key, link = there.session.session_key, link_of(person)
    _, guest = invite(person, Group.objects.get(name="Viewers"))
    _, shared = make_share(person, Album.objects.get(title="Kites"))
    assert Client().get(f"/s/{shared}").status_code == 200
    root.post(f"{USERS}{person.pk}/delete/", {"post": "yes"})
    assert client_of().get(IMAGES, headers={"authorization": f"Token {secret}"}).status_code == 401
    assert there.get("/account").status_code == 302
    assert not Session.objects.filter(pk=key).exists()
    assert Client().get(link).status_code == 404
    assert Client().get(f"/accounts/join/{guest}").status_code == 404
    assert Client().get(f"/s/{shared}").status_code == 404
    for model in (Token, ShareLink, Invitation, Favourite, AccessAttempt):
        assert not model.objects.exists(), model
    assert KnownSession.objects.count() == 1  # of who deleted


def test_who_takes_the_name_later_takes_nothing_else(root, person, editor):
    change = Change.objects.get(kind="album", what="delete")
    root.post(f"{USERS}{person.pk}/delete/", {"post": "yes"})
    other = make_user(NAME, "Contributors")
    undo(editor, change.pk)
    assert Album.objects.get(title="Gone").made_by is None
    assert not Image.objects.filter(uploaded_by=other).exists()


def test_what_others_did_is_not_touched(root, person, editor):
    image = add_image(make_image(seed=9), uploaded_by=editor)
    act(editor, editing(describing("Theirs")), [image.pk])
    theirs = create(editor, "Theirs")
    delete(theirs, by=editor)
    root.post(f"{USERS}{person.pk}/delete/", {"post": "yes"})
    image.refresh_from_db()
    assert image.uploaded_by == editor
    assert Change.objects.get(target=str(image.pk)).by == editor
    assert (
        Change.objects.get(kind="album", what="delete", target=str(theirs.pk)).before["made_by"] == "editor"
    )


def test_what_takes_too_long_goes_on_with_the_next_try(root, person, monkeypatch):
    monkeypatch.setattr(deletion, "BATCH", 1)
    monkeypatch.setattr(deletion, "SECONDS", 0)
    address = f"{USERS}{person.pk}/delete/"
    answer = root.post(address, {"post": "yes"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Ask for it again" in answer.content.decode()
    assert Image.objects.filter(uploaded_by=person).count() == 3
    assert not User.objects.get(pk=person.pk).is_active
    assert not LogEntry.objects.exists()
    for _ in range(50):
        if root.post(address, {"post": "yes"}).status_code == 302:
            break
    assert not User.objects.filter(pk=person.pk).exists()
    assert Image.objects.filter(uploaded_by=None).count() == 4


def test_a_selection_that_is_shared_goes_in_parts_before(root, person, monkeypatch):
    """A person may have a million rows of them, and what deletes them at once keeps all others waiting."""
    own = list(Image.objects.filter(uploaded_by=person, deleted_at=None).values_list("pk", flat=True))
    share, _ = make_share(person, own)
    monkeypatch.setattr(deletion, "BATCH", 1)
    with CaptureQueriesContext(connection) as asked:
        deletion.let_go([person])
    deletions = [each["sql"] for each in asked if each["sql"].startswith("DELETE")]
    assert len(deletions) == len(own) > 1
    assert not share.entries.exists()
    assert root.post(f"{USERS}{person.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ShareLink.objects.exists()


# --- What is said before it is done -------------------------------------------------------------------


def test_the_question_says_in_words_what_stays_and_what_ends(root, person):
    page = root.get(f"{USERS}{person.pk}/delete/").content.decode()
    ends = ("2 API tokens", "1 session", "1 share link", "1 invitation that nobody used", "4 favourites")
    for words in ("4 images", "1 album", *ends):
        assert words in page, words
    assert str(Image.objects.first().pk) not in page
    assert "Kite" not in page
    chosen = {"action": "delete_selected", "_selected_action": [person.pk, make_user("ada").pk]}
    answer = root.post(USERS, chosen)
    assert "4 images" in answer.content.decode()
    assert NAME in answer.content.decode()
    assert len([a for tag, a in Tags(answer).all if a.get("name") == "_selected_action"]) == 2


def test_who_leaves_nothing_is_told_so(root, stranger):
    page = root.get(f"{USERS}{stranger.pk}/delete/").content.decode()
    assert "There is nothing else here but the account" in page


def test_the_question_counts_no_further_than_a_bound(
    root, stranger, monkeypatch, django_assert_max_num_queries
):
    for seed in range(3):
        add_image(make_image(seed=seed), uploaded_by=stranger)
    monkeypatch.setattr("images.admin.consequences.MOST", 2)
    with django_assert_max_num_queries(20):
        page = root.get(f"{USERS}{stranger.pk}/delete/").content.decode()
    assert "more than 2 images" in page


# --- Not deleted, but not active ----------------------------------------------------------------------


def test_who_is_not_active_is_out_while_that_lasts(person):
    _, secret = make_token(person, expires_at=timezone.now() + timedelta(days=1))
    headers = {"authorization": f"Token {secret}"}
    there = Client()
    there.force_login(person)
    _, guest = invite(person, Group.objects.get(name="Viewers"))
    _, shared = make_share(person, Album.objects.get(title="Kites"))
    doors = {
        "share": lambda: Client().get(f"/s/{shared}").status_code,
        "token": lambda: client_of().get(IMAGES, headers=headers).status_code,
        "session": lambda: there.get("/account").status_code,
        "link": lambda: Client().get(link_of(person)).status_code,
        "invitation": lambda: Client().get(f"/accounts/join/{guest}").status_code,
    }
    assert {name: ask() for name, ask in doors.items()} == {
        "share": 200,
        "token": 200,
        "session": 200,
        "link": 302,
        "invitation": 200,
    }
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert {name: ask() for name, ask in doors.items()} == {
        "share": 404,
        "token": 401,
        "session": 302,
        "link": 404,
        "invitation": 404,
    }
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert [doors[name]() for name in ("share", "token", "link", "invitation")] == [200, 200, 302, 200]
