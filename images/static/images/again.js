// Asks again for pictures that did not come: the library may have been too busy to make one (503).

const PAUSE = 5000; // ms, the server's own Retry-After
const ATTEMPTS = 5; // for each picture, after which it is left to a reload

const attempts = new WeakMap(); // of the pictures that did not come

function askLater(picture) {
  const count = attempts.get(picture) ?? 0;
  if (count === ATTEMPTS) return;
  attempts.set(picture, count + 1);
  setTimeout(() => { picture.src = picture.getAttribute("src"); }, PAUSE * (1 + Math.random())); // not all at once
}

document.addEventListener("error", ({ target }) => {
  if (target instanceof HTMLImageElement) askLater(target);
}, { capture: true }); // it does not bubble
for (const picture of document.images) if (picture.complete && !picture.naturalWidth) askLater(picture); // by now
