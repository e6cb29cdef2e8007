"""Numbers, days and ratios of a search as conditions of the database: whatever ends people write."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Any

from django.db.models import BigIntegerField, Q
from django.db.models.functions import Cast, Greatest
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from images.catalogue.query import Between, Days, Ratio
from images.catalogue.rows import NOTHING

MAX_INTEGER = 2**63 - 1  # of a database
MAX_SIDE = 100_000  # of a ratio: no picture has so many pixels in a row


def _between(field: str, low: Any, high: Any, *, is_low_open: bool, is_high_open: bool) -> Q:
    found = ~NOTHING
    if low is not None:
        found &= Q(**{f"{field}__gt{'' if is_low_open else 'e'}": low})
    if high is not None:
        found &= Q(**{f"{field}__lt{'' if is_high_open else 'e'}": high})
    return found


def numbers(value: Between, field: str) -> Q:
    low, high = (None if end is None else float(end) for end in (value.low, value.high))
    return _between(field, low, high, is_low_open=value.is_low_open, is_high_open=value.is_high_open)


def whole_numbers(value: Between, field: str) -> Q:
    """Of ends that no column can hold the nearest is taken: it says the same."""
    low = None if value.low is None else _least(value.low, is_open=value.is_low_open)
    high = None if value.high is None else -_least(-value.high, is_open=value.is_high_open)
    return _between(field, low, high, is_low_open=False, is_high_open=False)


def _least(end: Decimal, *, is_open: bool) -> int:
    """Return the least whole number that is not below `end`, or is above it."""
    return max(-MAX_INTEGER, min(floor(end) + 1 if is_open else ceil(end), MAX_INTEGER))


def days(value: Days, field: str, begin: Callable[[date], Any]) -> Q:
    """Between the days; `begin` makes of one what the column has at its beginning."""
    after_last = None
    if value.last is not None and value.last < date.max:
        after_last = begin(value.last + timedelta(days=1))
    first = None if value.first is None else begin(value.first)
    return _between(field, first, after_last, is_low_open=False, is_high_open=True)


def ratio(value: Ratio) -> Q:
    """As near as whole pixels come: one side is what the other and the ratio make of it, rounded."""
    if max(value.width, value.height) > MAX_SIDE:
        return NOTHING
    width, height = (Cast(side, BigIntegerField()) for side in ("width", "height"))
    twice_off, longer = 2 * (width * value.height - height * value.width), Greatest(width, height)
    return Q(LessThanOrEqual(twice_off, longer)) & Q(GreaterThanOrEqual(twice_off, -1 * longer))
