// What hands do to a picture: one finger or the mouse drags, two fingers pinch, the wheel and two taps zoom.

const TAP = 10; // CSS pixels that a finger may slip
const TWICE = 300; // ms between two taps
const NEAR = 40; // CSS pixels, likewise
const DETENT = 100; // CSS pixels that a notch of the wheel scrolls
const LINE = 40; // CSS pixels, where a wheel counts in lines

/**
 * Call `handle.drag(x, y)` with CSS pixels, `handle.pinch(ratio, at)`, `handle.wheel(ratio, at, isPinched)` and
 * `handle.tapTwice(at)`; `at` is in CSS pixels from the middle of `element`, `isPinched` that Ctrl was held.
 */
export function onGestures(element, handle) {
  const pointers = new Map();
  let held = null; // the grip that has been acted on
  let frame = null; // in which a pinch is followed
  let slipped = 0;
  let tap = null; // the latest, when it could be the first of two

  const place = event => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
  };

  /** The middle of the one or two fingers, and how far they are apart. */
  const grip = () => {
    if (!pointers.size) return null;
    const [one, other = one] = pointers.values();
    return {
      at: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
      spread: Math.hypot(one.x - other.x, one.y - other.y),
    };
  };

  /** Act on how they have moved. */
  const follow = () => {
    cancelAnimationFrame(frame);
    frame = null;
    const { at, spread } = grip();
    const [x, y] = [at.x - held.at.x, at.y - held.at.y];
    slipped += Math.hypot(x, y);
    if (x || y) handle.drag(x, y);
    if (held.spread && spread && spread !== held.spread) handle.pinch(spread / held.spread, at);
    held = { at, spread };
  };

  element.addEventListener("pointerdown", event => {
    if (event.button !== 0 || pointers.size === 2) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    held = grip();
    slipped = pointers.size > 1 ? Infinity : 0; // a pinch is no tap
  });

  element.addEventListener("pointermove", event => {
    if (!pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, place(event));
    if (pointers.size === 1) follow();
    else frame ??= requestAnimationFrame(follow); // both fingers together: at an edge, each alone would shift
  });

  const release = event => {
    if (!pointers.has(event.pointerId)) return;
    follow();
    pointers.delete(event.pointerId);
    held = grip();
    const isTap = event.type === "pointerup" && slipped <= TAP;
    const next = isTap ? { ...place(event), time: event.timeStamp } : null;
    const isSecond = tap && next && next.time - tap.time < TWICE && Math.hypot(next.x - tap.x, next.y - tap.y) < NEAR;
    tap = isSecond ? null : next;
    if (isSecond) handle.tapTwice(next);
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("lostpointercapture", release); // however else it ended

  element.addEventListener("wheel", event => {
    event.preventDefault();
    const unit = [1, LINE, 10 * LINE][event.deltaMode];
    const isPinched = event.ctrlKey; // by two fingers on a touchpad: far smaller steps
    const notches = Math.max(-2, Math.min((event.deltaY * unit * (isPinched ? 3 : 1)) / DETENT, 2));
    handle.wheel(2 ** (-notches / 2), place(event), isPinched);
  }, { passive: false });
}
