"""Whose an image is and what it is called: shown on its page, and changed there."""

from datetime import datetime

import pytest

from images.catalogue.tags import tag_names
from images.catalogue.taken import Taken
from images.models import Image
from images.text import MAX_KEYWORD_LENGTH, MAX_KEYWORDS
from tests.clients.pages import Form, Tags
from tests.factories import add_image, said_of, say

pytestmark = pytest.mark.django_db

RIGHTS = {
    "author": "Ada <Kite>",
    "credit": "Ada Kite / Beach Agency",
    "copyright": "© 2026 Ada Kite\nAll kites reserved",
    "licence": "CC-BY-4.0",
    "source_url": "https://example.org/kites?red&new",
    "tags": ["kite", "red, dark", "شاطئ"],
}


@pytest.fixture
def image(contributor) -> Image:
    image = add_image(title="Kite", uploaded_by=contributor)
    say(**RIGHTS)
    image.refresh_from_db()
    return image


@pytest.fixture
def signed_in(client, contributor):
    client.force_login(contributor)
    return client


def opened(client, image: Image) -> Form:
    return Form(client.get(image.get_absolute_url()), "description")


def send(client, image: Image, sent: dict[str, str], status: int = 302) -> str:
    response = client.post(image.get_absolute_url(), sent)
    assert response.status_code == status
    image.refresh_from_db()
    return response.content.decode()


def test_everybody_is_told_whose_it_is(client, image):
    response = client.get(image.get_absolute_url())
    page = response.content.decode()
    for text in ("Ada &lt;Kite&gt;", "Beach Agency", "2026 Ada Kite<br>All kites", "red, dark", "شاطئ"):
        assert text in page
    tags = Tags(response)
    assert tags.link(rel="license", href="https://creativecommons.org/licenses/by/4.0/")
    assert tags.link(rel="nofollow", href=RIGHTS["source_url"])


def test_nothing_is_said_where_nothing_is_known(client):
    page = client.get(add_image().get_absolute_url()).content.decode()
    for name in ("Author", "Credit", "Copyright", "Licence", "Source", "Tags"):
        assert f"<dt>{name}</dt>" not in page


def test_they_are_changed_and_a_form_sent_back_as_it_was_changes_nothing(signed_in, image):
    before = image.updated_at
    form = opened(signed_in, image)
    send(signed_in, image, form.fields)
    assert image.updated_at == before
    changed = form.filled(author="Bea", tag_names=" wind \r\n\r\nkite\r\nwind\r\n", licence="CC0-1.0")
    send(signed_in, image, changed)
    assert (image.author, tag_names(image), image.licence) == ("Bea", ["kite", "wind"], "CC0-1.0")
    assert (image.credit, image.copyright) == (RIGHTS["credit"], RIGHTS["copyright"])


def test_decoration_is_ticked_and_unticked_and_a_program_that_leaves_it_out_changes_nothing(signed_in, image):
    send(signed_in, image, opened(signed_in, image).fields | {"decorative": "on"})
    assert image.decorative
    send(signed_in, image, {"title": "Red kite"})
    assert image.decorative
    ticked = opened(signed_in, image).fields
    assert ticked.pop("decorative") == "on"
    send(signed_in, image, ticked)
    assert not image.decorative


def test_tags_that_two_change_at_once_are_told(signed_in, image):
    form = opened(signed_in, image)
    say(tags=["theirs"], credit="Theirs")
    page = send(signed_in, image, form.filled(tag_names="mine"), 400)
    assert "changed meanwhile, to <q><bdi>theirs</bdi></q>" in page
    assert tag_names(image) == ["theirs"]
    again = Form(signed_in.post(image.get_absolute_url(), form.filled(tag_names="mine")), "description")
    send(signed_in, image, again.fields)
    assert (tag_names(image), image.credit) == (["mine"], "Theirs")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("licence", "all mine", "An identifier of SPDX"),
        ("source_url", "javascript:alert(1)", "Enter a valid URL"),
        ("source_url", "ftp://example.org/", "Enter a valid URL"),
        ("tag_names", "\n".join(map(str, range(MAX_KEYWORDS + 1))), f"at most {MAX_KEYWORDS} tags"),
        ("tag_names", "x" * (MAX_KEYWORD_LENGTH + 1), f"at most {MAX_KEYWORD_LENGTH} characters"),
    ],
)
def test_what_is_refused_is_explained_in_sight(signed_in, image, name, value, told):
    page = send(signed_in, image, opened(signed_in, image).filled(**{name: value}), 400)
    assert told in page
    assert "<details open>" in page  # what is folded away is not
    assert said_of(image, *RIGHTS) == RIGHTS


TAKEN = Taken.at(datetime(2026, 7, 31, 22, 5, 9, 123456), 120, "file")


@pytest.fixture
def taken(image) -> Image:
    image.write(*TAKEN.put(image))
    return image


def test_what_the_cameras_clock_said_is_shown_to_be_corrected_and_kept_to_the_microsecond(signed_in, taken):
    form = opened(signed_in, taken)
    assert (form.fields["taken"], form.fields["offset"]) == ("2026-07-31T22:05:09", "+02:00")
    send(signed_in, taken, form.filled(title="Red kite"))
    assert Taken.of(taken) == TAKEN


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"taken": "2026-08-01T09:00"}, Taken.at(datetime(2026, 8, 1, 9), 120, "hand")),
        ({"offset": "-3:30"}, Taken.at(datetime(2026, 7, 31, 22, 5, 9, 123456), -210, "hand")),
        ({"offset": ""}, Taken.at(datetime(2026, 7, 31, 22, 5, 9, 123456), None, "hand")),
        ({"taken": "", "offset": ""}, Taken.at(None, None, "hand")),
    ],
)
def test_a_correction_is_of_the_clock(signed_in, taken, typed, expected):
    send(signed_in, taken, opened(signed_in, taken).filled(**typed))
    assert Taken.of(taken) == expected


def test_of_clock_and_offset_each_is_what_its_last_editor_said(signed_in, taken):
    form = opened(signed_in, taken)
    taken.write(*Taken.at(datetime(2026, 7, 31, 22, 5, 9), 60, "hand").put(taken))
    send(signed_in, taken, form.filled(taken="2026-08-01T09:00"))
    assert Taken.of(taken) == Taken.at(datetime(2026, 8, 1, 9), 60, "hand")
    page = send(signed_in, taken, form.filled(taken="2026-08-02T09:00"), 400)
    assert "changed meanwhile, to <q><bdi>2026-08-01 09:00:00</bdi></q>" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"taken": "1066-10-14T09:00"}, "between 1800 and 9000"),
        ({"taken": "yesterday"}, "Enter a valid date/time"),
        ({"offset": "east"}, "such as +02:00"),
        ({"offset": "+24:00"}, "No clock is so far from UTC"),
        ({"taken": ""}, "without a time"),
    ],
)
def test_a_time_that_is_none_is_explained_in_sight(signed_in, taken, typed, told):
    page = send(signed_in, taken, opened(signed_in, taken).filled(**typed), 400)
    assert told in page
    assert page.count("<details open>") == 1
    assert Taken.of(taken) == TAKEN
