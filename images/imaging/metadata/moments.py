"""When the shutter opened, as packets write it: the time of a clock, and how far east of UTC it stood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MAX_OFFSET = 18 * 60  # minutes; wider than any time zone is

# ISO 8601 as XMP writes it (ISO 16684-1, 8.2.1.1), with Exif's colons in the date, or without signs, as IIM.
WRITTEN = re.compile(
    r"(?P<year>\d{4})[-:/]?(?P<month>\d\d)[-:/]?(?P<day>\d\d)"
    r"(?:[T ]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?(?:\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Moment:
    """A time of the camera's clock, to the day where the packet tells no more."""

    clock: datetime
    offset: int | None = None  # minutes east of UTC
    has_time: bool = True

    @property
    def instant(self) -> datetime:
        """The moment in UTC. Where no offset is known the clock is taken for UTC's."""
        return (self.clock - timedelta(minutes=self.offset or 0)).replace(tzinfo=UTC)

    @property
    def exactness(self) -> tuple[bool, bool, bool]:
        return self.has_time, self.offset is not None, self.clock.microsecond > 0

    def agrees_with(self, other: "Moment") -> bool:
        """Whether both say the same, to the second, or to the day where one has no time."""
        if self.has_time and other.has_time:
            return self.clock.replace(microsecond=0) == other.clock.replace(microsecond=0)
        return self.clock.date() == other.clock.date()


def moment(text: str) -> Moment | None:
    """Return the moment that `text` tells, None if it tells none."""
    written = WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    year, month, day, hour, minute, second = (
        int(written[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    fraction = (written["fraction"] or "")[:6].ljust(6, "0")
    try:
        clock = datetime(year, month, day, hour, minute, second, int(fraction))
        found = Moment(clock, _minutes(written["zone"] or ""), has_time=written["hour"] is not None)
        found.instant  # noqa: B018  which the first and the last days may not have
    except (ValueError, OverflowError):
        return None
    return found


def _minutes(zone: str) -> int | None:
    if zone in ("", "Z"):
        return 0 if zone else None
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    if int(zone[-2:]) > 59 or minutes > MAX_OFFSET:
        return None
    return -minutes if zone[0] == "-" else minutes


def most_exact(moments: Sequence[Moment]) -> Moment | None:
    """Return the first moment, the most trusted; or the one that says the same more exactly."""
    agreeing = [other for other in moments if other.agrees_with(moments[0])]
    return max(agreeing, key=lambda other: other.exactness, default=None)
