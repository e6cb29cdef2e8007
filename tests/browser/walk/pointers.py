"""Hands that point at places of the screen: with a mouse, with a finger."""

import time
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.visit import Visit
from tests.browser.walk.hands import MOST_REACHED, Hands

A_MOVEMENT = 0.1  # seconds that a finger takes from one place to the next
A_SWIPE = 600  # px that one scrolls by at a time
SHIFT = 8  # as DevTools count keys that are held

Place = tuple[float, float]

# Where to hit what a selector finds first, once nothing moves any more, and whether that is seen there.
PLACE = """
const [selector, done] = arguments;
function look(before) {
  const found = document.querySelector(selector);
  const { x, y, width, height } = found.getBoundingClientRect();
  const [left, top] = [x + width / 2, y + height / 2];
  if (top !== before) return requestAnimationFrame(() => requestAnimationFrame(() => look(top)));
  const hit = document.elementFromPoint(left, top);
  const part = found.closest("label") ?? found;
  done([left, top, Boolean(hit) && (part.contains(hit) || hit.contains(found))]);
}
look();
"""


class Pointer(Hands):
    """Hands that point at places of the screen."""

    def press(self, selector: str) -> None:
        self.actions += 1
        self._hit(*self._place(selector))

    def drag(self, one: str, other: str) -> None:
        """Hold what is there, and let it go a little above the middle of the other."""
        self.actions += 1
        (x, y), (to_x, to_y) = self._place(one), self._place(other)
        self._drag([(x + part * (to_x - x), y + part * (to_y - 5 - y)) for part in (0, 0.3, 0.7, 1)])

    def _place(self, selector: str) -> Place:
        """Return where to hit what is there, which is scrolled to if need be."""
        self.visit.wait_until(f"document.querySelector({selector!r})")
        while True:
            x, y, is_seen = self.browser.execute_async_script(PLACE, selector)
            if is_seen:
                return x, y
            self.reached += 1
            assert self.reached <= MOST_REACHED, f"{selector} is not seen"
            self._scroll(round(min(max(y - self.height / 2, -A_SWIPE), A_SWIPE)))

    def _hit(self, x: float, y: float) -> None:
        raise NotImplementedError

    def _drag(self, places: list[Place]) -> None:
        raise NotImplementedError

    def _scroll(self, by: int) -> None:
        raise NotImplementedError


class Mouse(Pointer):
    name, reaching = "mouse", "turns of the wheel"

    def press_shifted(self, selector: str) -> None:
        self.actions += 1
        self._hit(*self._place(selector), modifiers=SHIFT)

    def drop(self, folder: Path) -> None:
        """Drag a folder onto the page."""
        self.actions += 1
        data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.command("Input.dispatchDragEvent", type=kind, x=300, y=300, data=data)

    def _hit(self, x: float, y: float, **keys) -> None:
        self._point("mouseMoved", x, y, **keys)
        self._point("mousePressed", x, y, button="left", clickCount=1, **keys)
        self._point("mouseReleased", x, y, button="left", clickCount=1, **keys)

    def _drag(self, places: list[Place]) -> None:
        self._point("mouseMoved", *places[0])
        self._point("mousePressed", *places[0], button="left", clickCount=1)
        for place in places[1:]:
            self._point("mouseMoved", *place, button="left", buttons=1)
        self._point("mouseReleased", *places[-1], button="left", clickCount=1)

    def _point(self, kind: str, x: float, y: float, **said) -> None:
        self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, **said)

    def _scroll(self, by: int) -> None:
        ActionChains(self.browser).scroll_by_amount(0, by).perform()


class Touch(Pointer):
    """A finger on a phone."""

    name, reaching = "touch", "swipes"
    width, height = 390, 844
    is_mobile = True

    def __init__(self, visit: Visit):
        super().__init__(visit)
        self.moment = time.time()  # of the last event: a finger that is lifted while it moves would fling

    def _hit(self, x: float, y: float) -> None:
        self._drag([(x, y)])

    def _drag(self, places: list[Place]) -> None:
        self._finger("touchStart", places[0])
        for place in (*places[1:], *places[1:][-1:]):  # it rests before it is lifted
            self._finger("touchMove", place)
        self._finger("touchEnd")

    def _finger(self, kind: str, *places: Place) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        self.moment += A_MOVEMENT
        self.command("Input.dispatchTouchEvent", type=kind, touchPoints=points, timestamp=self.moment)

    def _scroll(self, by: int) -> None:
        x, y = self.width / 2, (self.height + by) / 2
        self._drag([(x, y - part * by) for part in (0, 0.25, 0.5, 0.75, 1)])
