"""The admin's page of an image: rights, tags, and when it was taken."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.admin.models import LogEntry

from images.models import Image
from tests.clients.pages import Form
from tests.factories import add_image, make_image, make_user, said_of

pytestmark = pytest.mark.django_db

LIST = "/admin/images/image/"
SAID = {
    "decorative": True,
    "author": "Ansel Adams",
    "credit": "National Park Service",
    "copyright": "© 1942",
    "licence": "CC0-1.0",
    "source_url": "https://example.org/tetons",
    "tags": ["Paris, France", "river"],
}
FILE = {
    "taken_at": datetime(2019, 8, 2, 21, 30, 0, 123_456, UTC),
    "taken_offset": 180,
    "taken_day": date(2019, 8, 3),
    "taken_from": "file",
}


@pytest.fixture
def curator(client):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    return client


@pytest.fixture
def address() -> str:
    image = add_image(title="Kite")
    Image.objects.update(**FILE)
    return f"{LIST}{image.pk}/change/"


def opened(client, address: str) -> Form:
    return Form(client.get(address), "description")


def taken() -> tuple:
    return Image.objects.values_list(*FILE).get()


def test_rights_and_tags_are_edited(curator, address):
    words = SAID | {"decorative": "on", "tag_names": "Paris, France\r\nriver\r\nRiver"}
    assert curator.post(address, opened(curator, address).fields | words).status_code == 302
    image = Image.objects.get()
    assert said_of(image, *SAID) == SAID
    assert taken() == tuple(FILE.values())
    form = opened(curator, address)
    assert form.fields["tag_names"] == "Paris, France\r\nriver"
    assert curator.post(address, form.filled(author="")).status_code == 302
    assert said_of(image, *SAID) == SAID | {"author": ""}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            {"taken": "2019-08-03T01:00:00"},
            (datetime(2019, 8, 2, 22, tzinfo=UTC), 180, date(2019, 8, 3), "hand"),
        ),
        (  # the clock stays as it was read
            {"offset": "+01:00"},
            (datetime(2019, 8, 2, 23, 30, 0, 123_456, UTC), 60, date(2019, 8, 3), "hand"),
        ),
        (
            {"taken": "2019-08-03T01:00", "offset": ""},
            (datetime(2019, 8, 3, 1, tzinfo=UTC), None, date(2019, 8, 3), "hand"),
        ),
        ({"taken": "", "offset": ""}, (None, None, None, "hand")),
    ],
)
def test_a_moment_is_corrected_by_the_cameras_clock(curator, address, sent, expected):
    form = opened(curator, address)
    assert (form.fields["taken"], form.fields["offset"]) == ("2019-08-03T00:30", "+03:00")
    assert curator.post(address, form.filled(**sent)).status_code == 302
    assert taken() == expected
    assert Image.objects.get().title == "Kite"


def test_other_words_leave_the_moment_to_its_microsecond(curator, address):
    assert curator.post(address, opened(curator, address).filled(title="Boat")).status_code == 302
    assert taken() == tuple(FILE.values())


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"taken": "1799-01-01T10:00"}, "between 1800 and 9000"),
        ({"taken": "yesterday"}, "Enter a valid date/time."),
        ({"offset": "+18:01"}, "No clock is so far from UTC."),
        ({"licence": "all mine"}, "identifier of SPDX"),
        ({"source_url": "javascript:alert(1)"}, "valid URL"),
        ({"tag_names": "x" * 101}, "at most 100 characters"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(curator, address, sent, message):
    response = curator.post(address, opened(curator, address).filled(**sent))
    assert response.status_code == 200
    assert message in response.content.decode()
    assert taken() == tuple(FILE.values())


def test_a_clock_that_another_corrected_meanwhile_is_shown_and_not_replaced(curator, address):
    form = opened(curator, address)
    other = datetime(2001, 1, 1, tzinfo=UTC)
    Image.objects.update(taken_at=other, taken_offset=None, taken_day=other.date(), taken_from="hand")
    response = curator.post(address, form.filled(taken="2019-08-03T01:00"))
    assert "changed meanwhile" in response.content.decode()
    assert taken()[0] == other
    again = Form(response, "description")
    assert curator.post(address, again.filled(taken="2019-08-03T01:00")).status_code == 302
    assert taken() == (datetime(2019, 8, 3, 1, tzinfo=UTC), None, date(2019, 8, 3), "hand")


def test_those_who_only_see_read_the_clock(client, address):
    client.force_login(make_user("visitor", "Viewers", is_staff=True))
    page = client.get(address).content.decode()
    assert "2019-08-03 00:30:00" in page
    assert "+03:00" in page
    assert 'name="taken"' not in page


def test_the_log_names_what_was_changed(curator, address):
    curator.post(address, opened(curator, address).filled(taken="", offset="", author="Ansel Adams"))
    assert "Date and time" in str(LogEntry.objects.get())
    assert "Author" in str(LogEntry.objects.get())


@pytest.mark.parametrize("has_licence", ["0", "1"])
def test_images_without_a_licence_are_found(curator, address, has_licence):
    add_image(make_image(seed=1), title="Free", licence="CC0-1.0")
    page = curator.get(f"{LIST}?licence__isempty={has_licence}").content.decode()
    assert (">Free<" in page, ">Kite<" in page) == (has_licence == "0", has_licence == "1")
