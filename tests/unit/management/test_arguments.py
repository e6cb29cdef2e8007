"""What the values of options may say."""

from argparse import ArgumentTypeError
from datetime import timedelta

import pytest

from images.management.arguments import count, duration, share


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (duration, "0s", timedelta()),
        (duration, "90s", timedelta(seconds=90)),
        (duration, "15m", timedelta(minutes=15)),
        (duration, "24h", timedelta(days=1)),
        (duration, "30d", timedelta(days=30)),
        (share, "5%", 0.05),
        (share, "0.5%", 0.005),
        (share, "100%", 1),
        (count, "1", 1),
        (count, "16", 16),
    ],
)
def test_values_are_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((duration, text) for text in ("", "30", "d", "-1d", "1w", "1.5h", "999999d", "٣d")),
        *((share, text) for text in ("", "5", "0%", "101%", "-5%", "%", "nan%")),
        *((count, text) for text in ("", "0", "-1", "two", "1.5")),
    ],
)
def test_anything_else_is_refused(read, text):
    with pytest.raises(ArgumentTypeError):
        read(text)
