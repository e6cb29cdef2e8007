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
        self._rows: OrderedDict[Key, tuple[Row, float]] = OrderedDict()  # with when each was asked for
        # When the ROWS last were said to be nobody's, by the hashes of their keys: anyone makes up long ones.
        self._hidden: OrderedDict[int, float] = OrderedDict()

    def keep(self, key: Key, row: Row | None, asked: float) -> None:
        """Remember what was found just now, and asked for at `asked`, by monotonic(); None, so that nobody
        sees it any more, forgets what was. An answer that was overtaken changes nothing.
        """
        with self._lock:
            if row is None:
                self._rows.pop(key, None)
                _put(self._hidden, hash(key), time.monotonic())
            elif asked > self._hidden.get(hash(key), 0.0) and asked >= self._asked(key):
                _put(self._rows, key, (row, asked))

    def get(self, key: Key) -> Row | None:
        """Return what was asked for within the last SECONDS and found for `key`, if it is remembered."""
        with self._lock:
            row, asked = self._rows.get(key, (None, 0.0))
        return row if time.monotonic() < asked + SECONDS else None

    def _asked(self, key: Key) -> float:
        return self._rows[key][1] if key in self._rows else 0.0


def _put(last: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    """Have `key` be the newest of the ROWS in `last`."""
    last[key] = value
    last.move_to_end(key)
    if len(last) > ROWS:
        last.popitem(last=False)
