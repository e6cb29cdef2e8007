// Swipes of one finger.

const FAR = 48; // CSS pixels

/** Call `swiped` with -1 for a swipe to the left, 1 for one to the right. */
export function onSwipe(element, swiped) {
  let start = null;
  element.addEventListener("pointerdown", event => {
    const isZoomed = visualViewport.scale > 1;
    start = event.isPrimary && event.pointerType !== "mouse" && !isZoomed ? event : null;
  });
  element.addEventListener("pointercancel", () => { start = null; });
  element.addEventListener("pointerup", event => {
    if (!start) return;
    const across = event.clientX - start.clientX;
    const along = event.clientY - start.clientY;
    start = null;
    if (Math.abs(across) > Math.max(FAR, 2 * Math.abs(along))) swiped(Math.sign(across));
  });
}
