"""Fingers on the screen."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.visit import Visit

Places = list[tuple[int, int]]  # of each finger, in CSS pixels


def touch(visit: Visit, *steps: Places) -> None:
    """Put fingers down at the places of the first step, move them through the others, and lift them."""
    kinds = ("touchStart", *["touchMove"] * (len(steps) - 1), "touchEnd")
    for kind, places in zip(kinds, (*steps, []), strict=True):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        visit.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def tap(visit: Visit, selector: str) -> None:
    """Touch the middle of an element with one finger, and lift it."""
    place = visit.evaluate(
        f"(box => [box.left + box.width / 2, box.top + box.height / 2])"
        f"(document.querySelector('{selector}').getBoundingClientRect())"
    )
    touch(visit, [tuple(map(round, place))])


@contextmanager
def fingers(visit: Visit) -> Iterator[None]:
    """Let the screen be one that is touched."""
    enabled = {"enabled": True, "maxTouchPoints": 2}
    visit.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", enabled)
    yield
    visit.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
