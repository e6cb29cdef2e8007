"""How far a long command is: a line that is written over on a terminal, else a line now and then.

Who runs the command may bring an open file, too, which has the last line at its beginning at any time.
"""

import os
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.core.management.base import OutputWrapper

Item = TypeVar("Item")

ON_TERMINAL, IN_FILE, IN_LOG = 0.2, 1.0, 30.0  # seconds between lines
WIDTH = 200  # bytes that a line takes in a file, with the spaces after it
CLEAR = "\r\x1b[K"


class Progress:
    """Tells a command's `stream` how many of `total` are `verb` (Verified), how fast, and the time left; the
    file of the open descriptor `file`, too.
    """

    def __init__(self, stream: OutputWrapper, verb: str, total: int, file: int | None = None):
        self._file, self._written = file, 0.0
        self._stream, self._verb, self._total = stream, verb, total
        self._on_terminal = stream.isatty()
        self._started = self._shown = time.monotonic()
        self._done = 0

    def track(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items, counting each when the next is asked for."""
        try:
            for item in items:
                yield item
                self.step()
        finally:
            self.clear()

    def step(self) -> None:
        """Count one more."""
        self._done += 1
        now = time.monotonic()
        if self._file is not None and now - self._written >= IN_FILE:
            self._written = now
            os.pwrite(self._file, self.line(now - self._started).encode()[:WIDTH].ljust(WIDTH), 0)
        if now - self._shown >= (ON_TERMINAL if self._on_terminal else IN_LOG):
            self._shown = now
            start, end = (CLEAR, "") if self._on_terminal else ("", "\n")
            self._stream.write(start + self.line(now - self._started), style_func=str, ending=end)
            self._stream.flush()

    def clear(self) -> None:
        """Remove the line, so that another can be printed. The next step writes it again."""
        if self._on_terminal:
            self._stream.write(CLEAR, style_func=str, ending="")
            self._stream.flush()

    def line(self, seconds: float) -> str:
        """Return what is told after so many seconds."""
        rate = self._done / seconds if seconds else 0
        left = max(self._total - self._done, 0) / rate if rate else 0
        return f"{self._verb} {self._done:,} of {self._total:,} · {rate:,.1f}/s · {in_words(left)} left"


def in_words(seconds: float) -> str:
    """Return a length of time as people say it: `40 s`, `12 min`, `3 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
