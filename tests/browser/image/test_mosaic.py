"""What the zoom has of its tiles and asks for: how many at once, again after how long, and when no more."""

import pytest

# A mosaic of an image of `width`. `answer` is called with the address and the signal of each request.
MOSAIC = """
const [width, done] = [arguments[0], arguments[arguments.length - 1]], asked = [], open = new Set();
window.fetch = (url, { signal }) => {
  asked.push({ url, signal });
  return answer(url, signal);
};
window.createImageBitmap = async () => {
  const bitmap = { close: () => open.delete(bitmap) };
  open.add(bitmap);
  return bitmap;
};
const response = (status, headers) => (
  { ok: status === 200, status, headers: new Headers(headers), blob: async () => null }
);
const image = { width, height: 512 }, view = { image, scale: 1 };
const look = (left, right) => { view.box = { left, top: 0, right, bottom: 500 }; };
const turns = async () => { for (let turn = 0; turn < 20; turn++) await null; };
const underWay = () => asked.filter(({ signal }) => !signal.aborted).map(({ url }) => url.split("/")[1]);
import("/static/images/zoom/mosaic.js").then(async ({ Mosaic }) => {
  const mosaic = new Mosaic(null, view, "", () => null);
  const fetched = () => mosaic.fetch(fetched); // as zoom.js does, in the end, of what arrives
  %s
});
"""
ARRIVES = """
const answer = async () => response(200);
"""
NEVER = """
const answer = (url, signal) => new Promise((_, fail) => signal.addEventListener("abort", fail));
"""
REFUSED = """
const [, status, header] = arguments, headers = header === null ? {} : { "Retry-After": header };
const answer = async () => (status ? response(status, headers) : Promise.reject(new Error()));
"""
# Time that passes when it is told to.
CLOCK = """
let now = 0, waiting = [];
performance.now = () => now;
window.setTimeout = (act, pause) => waiting.push({ act, pause, at: now + pause });
window.clearTimeout = number => { delete waiting[number - 1]; };
const pass = pause => {
  now += pause;
  const due = waiting.filter(one => one && one.at <= now);
  waiting = waiting.map(one => (due.includes(one) ? undefined : one));
  due.forEach(({ act }) => act());
};
"""


def run(visit, script: str, *arguments):
    """Return what a script does with a mosaic, on a page of the library."""
    visit.browser.get(visit.origin + "/")
    return visit.browser.execute_async_script(script, *arguments)


def test_of_the_tiles_that_have_left_the_view_only_so_many_are_kept(visit):
    along = """
      const held = [];
      for (let left = 0; left < width; left += 512) {
        look(left, left + 1024);
        mosaic.fetch(() => {});
        await turns();
        held.push(open.size);
      }
      mosaic.clear();
      done([Math.max(...held), open.size]);
    """
    assert run(visit, ARRIVES + MOSAIC % along, 200_000) == [64 + 1 + 4, 0]


def test_what_is_given_up_makes_room_at_once(visit):
    zoomed = "look(0, 4200); fetched(); look(0, 900); fetched(); done(underWay());"
    asked = run(visit, NEVER + MOSAIC % zoomed, 4200)
    assert asked == ["full", "0,0,512,512", "512,0,512,512"]


def test_what_never_comes_makes_room_for_others_after_a_deadline(visit):
    later = "look(0, 4200); fetched(); %s done(underWay());"
    first, then = (
        run(visit, CLOCK + NEVER + MOSAIC % (later % wait), 4200)
        for wait in ("", "pass(60_000); await turns();")
    )
    assert len(first) == len(then) == 4
    assert not {*first} & {*then}


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (503, "7", 7),
        (429, "60", 60),
        (503, "3600", 60),
        (503, "0", 5),
        (503, "0.1", 1),
        (503, "-5", 1),
        (503, "Wed, 21 Oct 2026 07:28:00 GMT", 5),
        (503, None, 5),
        (500, None, 5),
        (0, None, 5),
    ],
)
def test_what_is_refused_is_asked_for_again_when_the_library_says(visit, status, header, seconds):
    """Three tiles each time."""
    waits = """
      look(0, 500);
      fetched();
      await turns();
      const counts = [asked.length];
      for (const pause of [1000 * %d - 1, 2]) {
        pass(pause);
        await turns();
        counts.push(asked.length);
      }
      done([counts, mosaic.missing]);
    """
    script = CLOCK + REFUSED + MOSAIC % (waits % seconds)
    assert run(visit, script, 1024, status, header) == [[3, 3, 6], "late"]


@pytest.mark.parametrize(
    ("cleared", "expected", "missing"),
    [(2, [3, 6, 9, 9, 9, 9, 9, 9], ""), (None, [3, 6, 9, 12, 15, 18, 18, 18], "lost")],
)
def test_it_is_not_asked_for_for_ever_nor_after_the_end(visit, cleared, expected, missing):
    """Three tiles each time."""
    waits = """
      look(0, 500);
      fetched();
      await turns();
      const counts = [asked.length];
      for (let time = 1; time < 8; time++) {
        pass(5001);
        await turns();
        counts.push(asked.length);
        if (time === %s) mosaic.clear();
      }
      done([counts, mosaic.missing]);
    """
    script = CLOCK + REFUSED + MOSAIC % (waits % (cleared or "null"))
    assert run(visit, script, 1024, 503, "5") == [expected, missing]


def test_what_comes_in_the_end_is_missing_no_more(visit):
    script = """
      look(0, 500);
      fetched();
      await turns();
      const before = mosaic.missing;
      window.fetch = async () => response(200);
      pass(5001);
      await turns();
      done([before, mosaic.missing, open.size]);
    """
    assert run(visit, CLOCK + REFUSED + MOSAIC % script, 1024, 503, "5") == ["late", "", 3]
