"""What stands behind the colon of a field: text -> value. InvalidSearch has its offset from the colon on."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from math import gcd
from typing import NamedTuple

from images.catalogue.query.nodes import Between, Choice, Days, Ratio, Text
from images.errors import InvalidSearch

MAX_NUMBER = 10**15
DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(8999, 12, 31)  # with a day to spare in any time zone

NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([a-z]*)", re.ASCII | re.IGNORECASE)
RATIO = re.compile(r"(\d{1,5})[:/](\d{1,5})", re.ASCII)
DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]*", re.ASCII | re.IGNORECASE)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII | re.IGNORECASE)
SIGNS = re.compile(r"[<>]?=?")

Units = Mapping[str, int]
PLAIN: Units = {"": 1}
PIXELS: Units = {"": 1, "px": 1}
BYTES: Units = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}

NO_DAY = (
    "A day is written 2026-01-15, a month 2026-01, a year 2026; or today, yesterday, this-week, last-month."
)
WRONG_YEAR = "The year has to be between 1000 and 8999."


PERIODS = (
    *("today", "yesterday", "this-week", "last-week"),
    *("this-month", "last-month", "this-year", "last-year"),
)


class Part(NamedTuple):
    """A part of a value, and where it begins."""

    text: str
    offset: int


def licence(value: str, is_quoted: bool) -> Text:
    """Return an identifier, whole when it is quoted, else its beginning."""
    if not LICENCE.fullmatch(value):
        raise InvalidSearch("A licence is an identifier, for example CC-BY-4.0.")
    return Text(value.lower(), is_quoted)


def digest(value: str) -> Text:
    if not SHA256.fullmatch(value):
        raise InvalidSearch("A SHA-256 is 64 hexadecimal digits.")
    return Text(value.lower())


def ratio(value: str) -> Ratio:
    match = RATIO.fullmatch(value)
    width, height = map(int, match.groups()) if match else (0, 0)
    if not (width and height):
        raise InvalidSearch("A ratio is width to height, for example 16:9.")
    common = gcd(width, height)
    return Ratio(width // common, height // common)


def choice(value: str, names: Mapping[str, str]) -> Choice:
    """Return the choice that `value` names in any case; `names` are all of them, each with its own form."""
    if name := names.get(value.lower()):
        return Choice(name)
    raise InvalidSearch("One of these stands here: {names}.", names=", ".join(dict.fromkeys(names.values())))


def between(value: str, units: Units) -> Between:
    """Return the numbers of `a`, `a..b`, `a..`, `..b`, `>=a` and the like. In `1..2MB` both are megabytes."""
    sign, first, last = _parts(value)
    high = _number(last, units)
    low = _number(first, units, unit_of=last)
    match sign:
        case "..":
            if low is not None and high is not None and low > high:
                raise InvalidSearch("The range ends before it begins.")
            return Between(low, high)
        case ">" | ">=":
            return Between(low, None, is_low_open=sign == ">")
        case "<" | "<=":
            return Between(None, low, is_high_open=sign == "<")
    return Between(low, low)


def least(value: str, units: Units) -> Between:
    """Return the numbers from `a` on, which may be written `a..` too."""
    return Between(_number(Part(value.removesuffix(".."), 0), units), None)


def days(value: str, today: date) -> Days:
    """Return the days of a year, month, day, or word for such, or of a range or a comparison of these."""
    sign, first, last = _parts(value)
    begin, end = _period(first, today), _period(last, today)
    match sign:
        case "..":
            if begin and end and begin[0] > end[1]:
                raise InvalidSearch("The range ends before it begins.")
            found = Days(begin and begin[0], end and end[1])
        case ">":
            found = Days(begin and begin[1] + DAY, None)
        case ">=":
            found = Days(begin and begin[0], None)
        case "<":
            found = Days(None, begin and begin[0] - DAY)
        case "<=":
            found = Days(None, begin and begin[1])
        case _:
            found = Days(begin and begin[0], begin and begin[1])
    if not all(FIRST_DAY <= day <= LAST_DAY for day in (found.first, found.last) if day):
        raise InvalidSearch(WRONG_YEAR)
    return found


def _parts(value: str) -> tuple[str, Part | None, Part | None]:
    """Return `..` and both ends of a range, one perhaps None; or a comparison and what it is to."""
    begin, dots, end = value.partition("..")
    if not dots:
        sign = SIGNS.match(value)[0]  # type: ignore[index]  # it matches nothing, too
        return sign, Part(value[len(sign) :], len(sign)), None
    if not begin and not end:
        raise InvalidSearch("A range has an end: 100..400, 100.. or ..400.")
    return dots, Part(begin, 0) if begin else None, Part(end, len(begin) + len(dots)) if end else None


def _number(part: Part | None, units: Units, unit_of: Part | None = None) -> Decimal | None:
    """Return the number in the field's unit; where it has no unit of its own, in that of `unit_of`."""
    if part is None:
        return None
    match = NUMBER.fullmatch(part.text)
    if not match:
        raise InvalidSearch("A number stands here, or a range: 400, >=400, 100..400.", part.offset)
    unit = match[2] or (NUMBER.sub(r"\2", unit_of.text) if unit_of else "")  # the latter is a number
    if unit.lower() not in units:
        raise InvalidSearch("Not a unit of this field: {unit}.", part.offset + match.end(1), unit=unit)
    number = Decimal(match[1]) * units[unit.lower()]
    if units is BYTES:
        number = Decimal(round(number))
    if units is PIXELS and number % 1:
        raise InvalidSearch("Pixels are whole.", part.offset)
    if number > MAX_NUMBER:
        raise InvalidSearch("The number is too large.", part.offset)
    return number


def _period(part: Part | None, today: date) -> tuple[date, date] | None:
    """Return the first and the last day of what `part` names."""
    if part is None:
        return None
    try:
        first, last = _named(part.text.lower(), today) or _written(part.text)
    except (ValueError, OverflowError):
        raise InvalidSearch(NO_DAY, part.offset) from None
    if first < FIRST_DAY or last > LAST_DAY:
        raise InvalidSearch(WRONG_YEAR, part.offset)
    return first, last


def _named(word: str, today: date) -> tuple[date, date] | None:
    """Return the days that `word` means, None when it is no such word. A week begins on Monday."""
    match word.partition("-"):
        case ("today", "", ""):
            return today, today
        case ("yesterday", "", ""):
            return today - DAY, today - DAY
        case ("this" | "last" as which, "-", "week"):
            monday = today - timedelta(days=today.weekday() + (7 if which == "last" else 0))
            return monday, monday + 6 * DAY
        case ("this" | "last" as which, "-", "month"):
            day = today if which == "this" else today.replace(day=1) - DAY
            return _month(day.year, day.month)
        case ("this" | "last" as which, "-", "year"):
            year = today.year - (which == "last")
            return date(year, 1, 1), date(year, 12, 31)
    return None


def _written(text: str) -> tuple[date, date]:
    """Return the days of a year, a month or a day in ISO 8601. Raises ValueError."""
    match = DATE.fullmatch(text)
    if not match:
        raise ValueError
    year, month, day = (int(number) if number else 0 for number in match.groups())
    if day:
        return date(year, month, day), date(year, month, day)
    return _month(year, month) if match[2] else (date(year, 1, 1), date(year, 12, 31))


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])
