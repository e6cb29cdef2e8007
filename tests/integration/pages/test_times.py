"""Moments are said in the zone of who reads them; a photograph's own time never shifts."""

from datetime import UTC, date, datetime

import pytest

from images.catalogue.trash import trash
from images.models import Image
from tests.factories import add_image

pytestmark = pytest.mark.django_db

DUSK = datetime(2026, 7, 31, 22, 5, 9, 123456, tzinfo=UTC)


def page_of(client, **taken) -> str:
    image = add_image()
    Image.objects.update(created_at=DUSK, **taken)
    return " ".join(client.get(image.get_absolute_url()).content.decode().split())


def test_a_moment_is_said_in_utc_and_marked(client, contributor):
    moment = '<time class="moment" datetime="2026-07-31T22:05:09+00:00">July 31, 2026, 10:05 p.m. UTC</time>'
    assert moment in page_of(client)
    trash(Image.objects.get())
    Image.objects.update(deleted_at=DUSK, uploaded_by=contributor)
    client.force_login(contributor)
    assert moment in client.get("/trash").content.decode()


@pytest.mark.parametrize(
    ("offset", "machine", "people"),
    [
        (330, "2026-08-01T03:35:09+05:30", "Aug. 1, 2026, 3:35 a.m.</time> UTC+05:30"),
        (-150, "2026-07-31T19:35:09-02:30", "July 31, 2026, 7:35 p.m.</time> UTC-02:30"),
        (0, "2026-07-31T22:05:09+00:00", "July 31, 2026, 10:05 p.m.</time> UTC"),
        (None, "2026-07-31T22:05:09", "July 31, 2026, 10:05 p.m.</time> "),
    ],
)
def test_a_photographs_time_is_its_cameras_clock(client, offset, machine, people):
    page = page_of(client, taken_at=DUSK, taken_offset=offset, taken_day=date(2026, 7, 31), taken_from="file")
    assert f'<dd><time class="clock" datetime="{machine}">{people}</dd>' in page


@pytest.mark.parametrize(
    ("known_from", "said"),
    [("name", "the name of the file"), ("upload", "its sender"), ("hand", "a correction")],
)
def test_where_it_is_known_from_is_said_when_it_is_not_the_camera(client, known_from, said):
    page = page_of(client, taken_at=DUSK, taken_day=date(2026, 7, 31), taken_from=known_from)
    assert f"10:05 p.m.</time> (known from {said})</dd>" in page


def test_a_day_that_is_known_alone_is_shown_alone(client):
    page = page_of(client, taken_at=None, taken_day=date(2026, 7, 31), taken_from="name")
    assert (
        '<dd><time datetime="2026-07-31">July 31, 2026</time> (known from the name of the file)</dd>' in page
    )
