"""When a picture was taken: the four fields of a row that say it, set together by every door."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from images.models import Image
from images.models.image import MAX_OFFSET

FIRST_YEAR, LAST_YEAR = 1800, 9000  # photography is younger; what came later is none in some time zone
SAID_BY_PEOPLE = (Image.TakenFrom.UPLOAD, Image.TakenFrom.HAND)  # which no reading of a file replaces
OUT_OF_BOUNDS = _("The year has to be between 1800 and 9000.")


class Taken(NamedTuple):
    """The fields as a row has them: the instant in UTC, minutes east of it or None, the clock's own day,
    and where that is known from (Image.TakenFrom). A day may be known alone.
    """

    taken_at: datetime | None = None
    taken_offset: int | None = None
    taken_day: date | None = None
    taken_from: str = ""

    @classmethod
    def of(cls, image: Image) -> "Taken":
        """Return what the row says."""
        return cls(*(getattr(image, name) for name in cls._fields))

    @classmethod
    def at(cls, moment: datetime | None, offset: int | None, known_from: str) -> "Taken":
        """Return the fields for a moment, None for one that is not known.

        Without a time zone it is what a clock showed that stood at `offset`, at UTC where that is None.
        Raises ValidationError, in words, for a year or an offset that cannot be meant.
        """
        if moment is None:
            return cls(taken_from=known_from)
        if offset is not None and abs(offset) > MAX_OFFSET:
            raise ValidationError(_("No clock is so far from UTC."))
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValidationError(OUT_OF_BOUNDS)
        from_utc = timedelta(minutes=offset or 0)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone(from_utc))
        moment = moment.astimezone(UTC)
        return cls(moment, offset, (moment + from_utc).date(), known_from)

    @property
    def clock(self) -> datetime | None:
        """What the camera's clock showed, without a time zone."""
        if self.taken_at is None:
            return None
        return (
            (self.taken_at + timedelta(minutes=self.taken_offset or 0)).astimezone(UTC).replace(tzinfo=None)
        )

    def is_same_moment(self, other: "Taken") -> bool:
        """Whether both say the same of the clock, wherever they know it from."""
        return (self.taken_at, self.taken_offset) == (other.taken_at, other.taken_offset)

    def put(self, image: Image) -> tuple[str, ...]:
        """Let the row say this; return the names of the fields, for Image.write."""
        for name, value in self._asdict().items():
            setattr(image, name, value)
        return self._fields


def shifted(there: Taken, by: timedelta, offset: int | None) -> Taken:
    """Return the fields with the clock moved on, and `offset` for what it was from UTC, None for as it is.

    Raises ValidationError, in words, where there is no such date or time.
    """
    try:
        if there.clock is not None:
            offset = there.taken_offset if offset is None else offset
            return Taken.at(there.clock + by, offset, Image.TakenFrom.HAND)
        if there.taken_day is None:
            raise ValidationError(_("Nobody knows when it was taken."))
        if offset is not None or by % timedelta(days=1):
            raise ValidationError(_("The time of day is not known."))
        day = there.taken_day + by
    except OverflowError:
        raise ValidationError(OUT_OF_BOUNDS) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(OUT_OF_BOUNDS)
    return Taken(taken_day=day, taken_from=Image.TakenFrom.HAND)
