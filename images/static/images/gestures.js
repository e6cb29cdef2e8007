// What pointers and wheel do to a picture: one finger or the mouse drags, two pinch, the wheel zooms, two taps too.

const TAP = 10; // CSS pixels that a finger may slip
const TWICE = 300; // ms between two taps
const NEAR = 40; // CSS pixels, likewise
const DETENT = 100; // CSS pixels that a notch of the wheel scrolls
const LINE = 40; // CSS pixels, where a wheel counts in lines

/**
 * Call `handle.drag(x, y)` with CSS pixels, `handle.pinch(ratio, at)` and `handle.wheel(ratio, at)`,
 * `handle.tapTwice(at)`; `at` is in CSS pixels from the middle of `element`.
 */
export function onGestures(element, handle) {
  const pointers = new Map();
  let tap = null; // the latest, when it could be the first of two
  let slipped = 0;

  const place = event => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
  };

  /** The middle of the one or two fingers, and how far they are apart. */
  const grip = () => {
    const [one, other = one] = pointers.values();
    return {
      at: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
      spread: Math.hypot(one.x - other.x, one.y - other.y),
    };
  };

  element.addEventListener("pointerdown", event => {
    if (event.button !== 0 || pointers.size === 2) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    slipped = pointers.size > 1 ? Infinity : 0; // a pinch is no tap
  });

  element.addEventListener("pointermove", event => {
    if (!pointers.has(event.pointerId)) return;
    const before = grip();
    pointers.set(event.pointerId, place(event));
    const { at, spread } = grip();
    const [x, y] = [at.x - before.at.x, at.y - before.at.y];
    slipped += Math.hypot(x, y);
    handle.drag(x, y);
    if (before.spread && spread) handle.pinch(spread / before.spread, at);
  });

  const release = event => {
    if (!pointers.delete(event.pointerId)) return;
    const isTap = event.type === "pointerup" && slipped <= TAP;
    const at = place(event);
    const isSecond = isTap && tap && event.timeStamp - tap.time < TWICE && Math.hypot(at.x - tap.at.x, at.y - tap.at.y) < NEAR;
    tap = isTap && !isSecond ? { at, time: event.timeStamp } : null;
    if (isSecond) handle.tapTwice(at);
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("lostpointercapture", release); // however else it ended

  element.addEventListener("wheel", event => {
    event.preventDefault();
    const unit = [1, LINE, 10 * LINE][event.deltaMode];
    const pinched = event.ctrlKey ? 3 : 1; // two fingers on a touchpad: far smaller steps
    const notches = Math.max(-2, Math.min((event.deltaY * unit * pinched) / DETENT, 2));
    handle.wheel(2 ** (-notches / 2), place(event));
  }, { passive: false });
}
