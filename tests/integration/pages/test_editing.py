"""Two people edit one image, on its page or in the admin: what is written is what each of them changed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from images.models import Image
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_user
from tests.resilience.races import start

pytestmark = pytest.mark.django_db

DOORS = ["page", "admin"]
MULTILINE = "One line,\nand <another> & a third.\r\n\r\nThe end."


def address(door: str, image: Image) -> str:
    return (
        image.get_absolute_url() if door == "page" else reverse("admin:images_image_change", args=[image.pk])
    )


@pytest.fixture(params=DOORS)
def door(request) -> str:
    return request.param


@pytest.fixture
def curator(client):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    return client


def opened(client, door: str, image: Image) -> Form:
    """Return the form for the words of `image` as the page shows it now."""
    return Form(client.get(address(door, image)), "description")


def send(client, door: str, image: Image, form: Form, **typed):
    return client.post(address(door, image), form.filled(**typed))


def test_what_another_changed_meanwhile_stays(curator, door):
    image = add_image(title="Kite", description="A", visibility="public")
    form = opened(curator, door, image)
    Image.objects.update(title="Red kite", description="B", visibility="private")
    assert send(curator, door, image, form, alt_text="A kite.").status_code == 302
    image.refresh_from_db()
    assert (image.title, image.description, image.alt_text) == ("Red kite", "B", "A kite.")
    assert image.visibility == "private"


def test_where_both_changed_the_same_both_are_shown_and_sending_again_takes_it(curator, door):
    image = add_image(title="Kite", description="A", alt_text="a")
    form = opened(curator, door, image)
    Image.objects.update(title="Red <kite>", description="B")
    response = send(curator, door, image, form, title="My kite", alt_text="Mine.")
    assert response.status_code == (400 if door == "page" else 200)
    page = response.content.decode()
    assert "changed meanwhile" in page
    assert escape("Red <kite>") in page
    image.refresh_from_db()
    assert (image.title, image.alt_text) == ("Red <kite>", "a")  # nothing was written

    again = Form(response, "description")
    shown = again.fields
    # What this person typed, and what is there now of the rest.
    assert (shown["title"], shown["alt_text"], shown["description"]) == ("My kite", "Mine.", "B")
    assert curator.post(address(door, image), shown).status_code == 302
    image.refresh_from_db()
    assert (image.title, image.alt_text, image.description) == ("My kite", "Mine.", "B")


def test_nothing_describes_what_is_not_there_for_people(curator, door):
    image = add_image(title="Kite")
    form = opened(curator, door, image)
    Image.objects.update(title="Theirs")
    response = send(curator, door, image, form, title="Mine")
    hidden = [a for tag, a in Tags(response).all if tag == "input" and a.get("type") == "hidden"]
    assert {name for attrs in hidden for name in attrs} == {"type", "name", "value", "id"}


def test_a_program_that_sends_words_alone_changes_these_and_no_others(curator, door):
    image = add_image(title="Kite", description="A", alt_text="a")
    assert curator.post(address(door, image), {"title": "Mine", "alt_text": ""}).status_code == 302
    image.refresh_from_db()
    assert (image.title, image.alt_text, image.description) == ("Mine", "", "A")


def test_a_third_change_meanwhile_is_shown_as_well(curator, door):
    image = add_image(title="Kite")
    form = opened(curator, door, image)
    Image.objects.update(title="Theirs")
    response = send(curator, door, image, form, title="Mine")
    Image.objects.update(title="Theirs again")
    response = curator.post(address(door, image), Form(response, "description").fields)
    assert "Theirs again" in response.content.decode()
    assert Image.objects.get().title == "Theirs again"


def test_a_conflict_is_told_beside_another_error_of_the_same_field(curator, door):
    image = add_image(title="Kite")
    form = opened(curator, door, image)
    Image.objects.update(title="Theirs")
    page = send(curator, door, image, form, title="x" * 201).content.decode()
    assert "Theirs" in page
    assert "at most 200 characters" in page


def test_words_that_another_took_away_are_said_to_be_gone(curator, door):
    image = add_image(title="Kite")
    form = opened(curator, door, image)
    Image.objects.update(title="")
    assert "emptied meanwhile" in send(curator, door, image, form, title="Mine").content.decode()


def test_the_same_words_from_both_are_no_conflict(curator, door):
    image = add_image(title="Kite")
    form = opened(curator, door, image)
    Image.objects.update(title="Red kite")
    assert send(curator, door, image, form, title="Red kite").status_code == 302


def test_words_that_nobody_touched_stay_to_the_byte(curator, door):
    """Browsers send every end of a line as CR LF, whatever was shown."""
    image = add_image(title="Kite", description=MULTILINE)
    form = opened(curator, door, image)
    assert send(curator, door, image, form, title="Red kite").status_code == 302
    assert Image.objects.get().description == image.description


def test_ends_of_lines_alone_are_no_conflict(curator, door):
    image = add_image(description=MULTILINE)
    form = opened(curator, door, image)
    assert send(curator, door, image, form, description="New").status_code == 302
    assert Image.objects.get().description == "New"


def test_a_form_sent_unchanged_writes_nothing(curator, door):
    image = add_image(title="Kite")
    form = opened(curator, door, image)
    Image.objects.update(title="Theirs")
    before = Image.objects.get()
    assert send(curator, door, image, form).status_code == 302
    after = Image.objects.get()
    assert (after.title, after.updated_at) == ("Theirs", before.updated_at)


def test_the_log_of_the_admin_names_what_was_changed_and_nothing_else(curator):
    image = add_image(title="Kite")
    form = opened(curator, "admin", image)
    Image.objects.update(description="B")
    send(curator, "admin", image, form, title="Mine")
    assert LogEntry.objects.get().get_change_message() == "Changed Title."


def test_what_was_purged_meanwhile_is_not_there(curator, door):
    image = add_image()
    form = opened(curator, door, image)
    Image.objects.all().delete()
    response = send(curator, door, image, form, title="Mine")
    assert response.status_code == (404 if door == "page" else 302)
    assert not Image.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_people_who_save_at_once_one_is_first_and_the_others_are_told(door):
    image = add_image()
    people = [make_user(name, "Editors", is_staff=True) for name in "abcd"]
    clients = [Client() for _ in people]
    for client, person in zip(clients, people, strict=True):
        client.force_login(person)

    def save(client: Client, form: Form, words: str) -> int:
        return send(client, door, image, form, title=words, description=words).status_code

    told = 400 if door == "page" else 200
    together = threading.Barrier(len(people))
    with ThreadPoolExecutor(len(people)) as pool:
        for turn in range(3):
            forms = [opened(client, door, image) for client in clients]
            acts = [
                partial(save, client, form, f"{turn} {n}")
                for n, (client, form) in enumerate(zip(clients, forms, strict=True))
            ]
            tries = [start(pool, act, together) for act in acts]
            assert sorted(done.result() for done in tries) == sorted([302, told, told, told])
            image.refresh_from_db()
            assert image.title == image.description
