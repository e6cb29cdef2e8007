"""When a picture was taken, as cameras, phones and programs write it into the names of files."""

import re
from datetime import date, datetime, timedelta

from images.catalogue.taken import Taken
from images.models import Image

YEAR, MONTH, DAY = r"(?P<year>199\d|20\d\d)", r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
TIME = r"(?P<hour>[01]\d|2[0-3])[.:_h-]?(?P<minute>[0-5]\d)[.:_m-]?(?P<second>[0-5]\d)"
FRACTION = r"(?P<fraction>\d{3})?"
HALF = r"(?:[ \u00a0\u202f]?(?P<half>[AP])M)?"  # as in "at 11.45.30 PM"
ALONE, END = r"(?<![^\W_])", r"(?!\d)"  # no letter and no digit before; no digit after

# Most of what has so many digits is no date: hashes, phone numbers, counters, times since 1970. So digits are
# one only in parts, or behind what a camera puts there; a day alone only first, or as WhatsApp has it.
MOMENTS = (
    # IMG_20190802_114530.jpg 20190802_114530(0).jpg PXL_20210704_101530123.jpg Screenshot_20190802-114530.png
    rf"{ALONE}{YEAR}{MONTH}{DAY}[_-](?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d){FRACTION}{END}",
    # IMG20190802114530.jpg
    rf"\A(?:IMG|VID|PANO)_?{YEAR}{MONTH}{DAY}(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d){END}",
    # WP_20150830_12_34_56_Pro.jpg
    rf"\AWP_{YEAR}{MONTH}{DAY}_{TIME}(?![^\W_])",
    # 2019-08-02 11.45.30.jpg signal-2019-08-02-114530.jpg Screenshot_2023-01-01-10-20-30.png
    # "Screen Shot 2019-08-02 at 11.45.30 PM.png" "WhatsApp Image 2019-08-02 at 11.45.30.jpeg"
    rf"{ALONE}{YEAR}[-._]{MONTH}[-._]{DAY}(?:[ _-]| [^\W\d_]{{1,4}} |T){TIME}{HALF}{END}",
)
DAYS = (
    # IMG-20190802-WA0001.jpg: the day on which it was sent
    rf"\A(?:IMG|STK)-{YEAR}{MONTH}{DAY}-WA\d{{4}}{END}",
    # 2019-08-02 Harbour.jpg
    rf"\A{YEAR}-{MONTH}-{DAY}(?![^\W_])(?!-\d)",
)
MOMENT_PATTERNS = [re.compile(pattern) for pattern in MOMENTS]
DAY_PATTERNS = [re.compile(pattern) for pattern in DAYS]


def taken_by_name(name: str, today: date) -> Taken:
    """Return when a file with this name was taken, by a clock of unknown offset; the day alone where the name
    has no time; nothing where it has no date, or one that is still to come.
    """
    for pattern in (*MOMENT_PATTERNS, *DAY_PATTERNS):
        if (found := pattern.search(name)) and (taken := _taken(found.groupdict())):
            is_past = taken.taken_day and taken.taken_day <= today + timedelta(
                days=1
            )  # somewhere it is tomorrow
            return taken if is_past else Taken()
    return Taken()


def _taken(parts: dict[str, str | None]) -> Taken | None:
    numbers = {name: int(part) for name, part in parts.items() if part and part.isdecimal()}
    try:
        day = date(numbers["year"], numbers["month"], numbers["day"])
        if "hour" not in numbers:
            return Taken(None, None, day, Image.TakenFrom.NAME)
        hour = numbers["hour"]
        if half := parts.get("half"):
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if half == "P" else 0)
        time = datetime(day.year, day.month, day.day, hour, numbers["minute"], numbers["second"])
    except ValueError:  # the 31st of a month that has none
        return None
    time += timedelta(milliseconds=numbers.get("fraction", 0))
    return Taken.at(time, None, Image.TakenFrom.NAME)
