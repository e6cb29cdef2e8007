"""What the maintenance commands take and how they show progress."""

import io
from argparse import ArgumentTypeError
from datetime import timedelta

import pytest
from django.core.management.base import OutputWrapper

from images.management import progress
from images.management.arguments import count, duration, share
from images.management.progress import Progress, in_words


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


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (61, "1 min"), (3600, "1 h 0 min"), (11_100, "3 h 5 min")],
)
def test_time_left_in_words(seconds, words):
    assert in_words(seconds) == words


def in_red(stream: io.StringIO) -> OutputWrapper:
    """Return the standard error of a command, whose lines are red on a terminal."""
    wrapper = OutputWrapper(stream)
    wrapper.style_func = lambda text: f"\x1b[31m{text}\x1b[0m"
    return wrapper


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "start", "end"), [(Terminal(), "\r\x1b[K", "\r\x1b[K"), (io.StringIO(), "", "\n")]
)
def test_progress_tells_count_rate_and_time_left(stream, start, end, monkeypatch):
    seconds = iter(range(0, 1000, 40))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(seconds))
    tracked = Progress(in_red(stream), "Verified", 5).track("ab")

    assert list(tracked) == ["a", "b"]
    lines = stream.getvalue()
    assert lines.startswith(f"{start}Verified 1 of 5 · 0.0/s · 3 min left")
    assert "Verified 2 of 5 · 0.0/s · 2 min left" in lines
    assert lines.endswith(end)


def test_no_progress_is_shown_of_what_is_quick():
    stream = io.StringIO()
    assert list(Progress(OutputWrapper(stream), "Verified", 5).track("ab")) == ["a", "b"]
    assert stream.getvalue() == ""
