"""What this process knew of public images a moment ago, for when the database is away."""

import threading
import time
from collections import OrderedDict
from typing import Any

SECONDS = 60.0  # no cache in front keeps a public answer for longer either
ROWS = 10_000  # of a kilobyte each, at most

Key = tuple[Any, ...]
Row = tuple[Any, ...]


class Remembered:
    """The ROWS rows that were found last, each for SECONDS."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: OrderedDict[Key, tuple[Row, float]] = OrderedDict()

    def keep(self, key: Key, row: Row | None) -> None:
        """Remember what was found just now; None, so that nobody sees it any more, forgets what was."""
        with self._lock:
            self._rows.pop(key, None)
            if row is not None:
                self._rows[key] = row, time.monotonic() + SECONDS
                if len(self._rows) > ROWS:
                    self._rows.popitem(last=False)

    def get(self, key: Key) -> Row | None:
        """Return what was found for `key` within the last SECONDS, if it is remembered."""
        with self._lock:
            row, until = self._rows.get(key, (None, 0.0))
        return row if time.monotonic() < until else None
