"""Many images at once: tags put on and taken off, dates and offsets corrected."""

from datetime import UTC, date, datetime

import pytest

from images.catalogue.tags import set_tags, tag_names
from images.catalogue.taken import Taken
from images.models import Image, Tag
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)


@pytest.fixture
def mine(contributor) -> list[Image]:
    return [add_image(make_image(seed=n), title=f"Mine {n}", uploaded_by=contributor) for n in range(2)]


@pytest.fixture
def theirs(editor) -> Image:
    return add_image(make_image(seed=9), title="Theirs", uploaded_by=editor)


@pytest.fixture(autouse=True)
def signed_in(client, contributor):
    client.force_login(contributor)


def send(client, action: str, images, **said) -> str:
    form = {"action": action, "images": [image.pk for image in images], **said}
    response = client.post("/", form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def names(image: Image) -> list[str]:
    return tag_names(Image.objects.get(pk=image.pk))


def clock(image: Image) -> tuple[str, int | None]:
    image.refresh_from_db()
    there = Taken.of(image)
    return str(there.clock or there.taken_day), there.taken_offset


def take(image: Image, moment: datetime | None, offset: int | None = None) -> None:
    image.write(*Taken.at(moment, offset, Image.TakenFrom.FILE).put(image))


def test_tags_are_put_on_besides_those_there(client, mine, theirs):
    set_tags(mine[0], ["Sea"])
    page = send(client, "tag", [*mine, theirs], tags="Coast, black and white,, ")
    assert "2 images have these tags now." in page
    assert "1 image was left as it is" in page
    assert names(mine[0]) == ["black and white", "Coast", "Sea"]
    assert names(mine[1]) == ["black and white", "Coast"]
    assert names(theirs) == []
    assert Tag.objects.get(key="coast").public == 2


def test_tags_are_taken_off(client, mine):
    for image in mine:
        set_tags(image, ["Sea", "Coast"])
    assert "2 images are without these tags." in send(client, "untag", mine, tags="COAST")
    assert [names(image) for image in mine] == [["Sea"], ["Sea"]]


@pytest.mark.parametrize("action", ["tag", "untag"])
@pytest.mark.parametrize("tags", ["", " , ", "x" * 101, ",".join(f"t{n}" for n in range(101)), "a\x00b"])
def test_tags_that_are_none_change_nothing_and_are_said(client, mine, action, tags):
    set_tags(mine[0], ["Sea"])
    assert "Nothing was changed." in send(client, action, mine, tags=tags)
    assert names(mine[0]) == ["Sea"]


def test_an_image_that_would_have_too_many_tags_is_named_and_the_others_are_done(client, mine):
    set_tags(mine[0], [f"t{n}" for n in range(100)])
    page = send(client, "tag", mine, tags="Coast")
    assert "Mine 0: An image has at most 100 tags." in page
    assert "1 image has these tags now." in page
    assert names(mine[1]) == ["Coast"]


@pytest.mark.parametrize(
    ("said", "before", "after"),
    [
        ({"days": "1", "hours": "-2", "minutes": "30"}, (NOON, None), ("2026-03-09 10:30:00", None)),
        ({"hours": "1"}, (NOON, 120), ("2026-03-08 15:00:00", 120)),
        ({"offset": "+02:00"}, (NOON, None), ("2026-03-08 12:00:00", 120)),
        ({"offset": "-05:00", "hours": "-6"}, (NOON, 60), ("2026-03-08 07:00:00", -300)),
        ({"days": "-8"}, (NOON, 0), ("2026-02-28 12:00:00", 0)),
    ],
)
def test_dates_and_offsets_are_corrected(client, mine, said, before, after):
    for image in mine:
        take(image, *before)
    assert "2 images have another date now." in send(client, "shift_dates", mine, **said)
    assert [clock(image) for image in mine] == [after, after]
    mine[0].refresh_from_db()
    assert mine[0].taken_from == Image.TakenFrom.HAND
    assert f"{mine[0].dated_at:%Y-%m-%d %H:%M:%S}" == after[0]


def test_a_day_alone_moves_by_days(client, mine):
    Image.objects.update(taken_day=date(2026, 3, 8), taken_from="name")
    assert "2 images have another date now." in send(client, "shift_dates", mine, days="2")
    assert clock(mine[0])[0] == "2026-03-10"
    page = send(client, "shift_dates", mine, hours="2")
    assert "Mine 0: The time of day is not known." in page
    assert clock(mine[0])[0] == "2026-03-10"


def test_what_has_no_date_stays_without_one_and_is_named(client, mine):
    take(mine[0], NOON)
    page = send(client, "shift_dates", mine, days="1")
    assert "Mine 1: Nobody knows when it was taken." in page
    assert "1 image has another date now." in page
    assert clock(mine[1]) == ("None", None)


@pytest.mark.parametrize(
    "said",
    [{}, {"days": "0"}, {"offset": "soon"}, {"offset": "+19:00"}, {"days": "x"}, {"days": "99999999999999"}],
)
def test_a_correction_that_is_none_changes_nothing_and_is_said(client, mine, said):
    take(mine[0], NOON)
    assert "Nothing was changed." in send(client, "shift_dates", mine, **said)
    assert clock(mine[0]) == ("2026-03-08 12:00:00", None)


def test_a_year_that_cannot_be_meant_is_refused_for_its_image(client, mine):
    take(mine[0], datetime(1801, 1, 1, tzinfo=UTC))
    take(mine[1], NOON)
    page = send(client, "shift_dates", mine, days="-3000")
    assert "Mine 0: The year has to be between 1800 and 9000." in page
    assert clock(mine[1])[0] == "2017-12-20 12:00:00"


def test_a_program_says_either_of_an_image_on_its_page_too(client, mine):
    client.post(mine[0].get_absolute_url(), {"action": "tag", "tags": "Coast"})
    assert names(mine[0]) == ["Coast"]
