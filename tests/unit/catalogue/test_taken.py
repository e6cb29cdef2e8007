"""When a picture was taken: instant, offset, day and source say the same."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.core.exceptions import ValidationError

from images.catalogue.taken import Taken

NOON = datetime(2019, 8, 2, 12, 0)
NIGHT = datetime(2019, 8, 2, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "offset", "at", "day"),
    [
        (NOON, None, NOON.replace(tzinfo=UTC), date(2019, 8, 2)),  # the clock is taken for UTC
        (NOON, 120, datetime(2019, 8, 2, 10, 0, tzinfo=UTC), date(2019, 8, 2)),
        (NOON, -720, datetime(2019, 8, 3, 0, 0, tzinfo=UTC), date(2019, 8, 2)),
        (NIGHT, None, NIGHT, date(2019, 8, 2)),
        (NIGHT, 60, NIGHT, date(2019, 8, 3)),
        (NIGHT.astimezone(timezone(timedelta(hours=9))), 60, NIGHT, date(2019, 8, 3)),
    ],
)
def test_the_day_is_the_clocks_own(moment, offset, at, day):
    taken = Taken.at(moment, offset, "hand")
    assert taken == (at, offset, day, "hand")
    assert taken.taken_at.tzinfo is UTC
    assert Taken.at(taken.clock, offset, "hand") == taken


def test_what_is_not_known_has_no_offset_and_no_day():
    assert Taken.at(None, 60, "hand") == (None, None, None, "hand")
    assert Taken.at(None, 60, "hand").clock is None


@pytest.mark.parametrize("year", [1, 1799, 9001, 9999])
def test_a_year_that_cannot_be_meant_is_refused(year):
    for zone in (None, UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-14))):
        with pytest.raises(ValidationError):
            Taken.at(datetime(year, 1, 1, tzinfo=zone), 1080, "hand")


@pytest.mark.parametrize("offset", [-1081, 1081, 10**9])
def test_an_offset_that_cannot_be_meant_is_refused(offset):
    with pytest.raises(ValidationError):
        Taken.at(NOON, offset, "hand")
