"""Values that commands take, read from text."""

import re
from argparse import ArgumentTypeError
from datetime import timedelta

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Return the length of time that `text` names: 90s, 15m, 24h, 30d."""
    match = re.fullmatch(r"([0-9]{1,5})([smhd])", text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no length of time such as 24h or 30d.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def share(text: str) -> float:
    """Return the part of the whole, above 0 and up to 1, that a percentage such as 5% names."""
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]+)?)%", text)
    if match is None or not 0 < float(match[1]) <= 100:
        raise ArgumentTypeError(f"{text!r} is no percentage such as 5%.")
    return float(match[1]) / 100


def count(text: str) -> int:
    """Return a whole number of at least 1."""
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number of at least 1.")
    return int(text)
