"""How commands show progress."""

import io

import pytest
from django.core.management.base import OutputWrapper

from images.management import progress
from images.management.progress import Progress, in_words


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
