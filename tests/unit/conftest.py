"""What several unit tests share."""

import pytest


@pytest.fixture
def clock():
    """A clock that only the test moves; it stands in for a module's `time`."""

    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

    return Clock()
