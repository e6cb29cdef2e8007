// Deep zoom over the page of an image: as much of its detail as the window shows, from tiles.

import { isPlain, isPlainOrShifted } from "../keys.js";
import { onGestures } from "./gestures.js";
import { Mosaic } from "./mosaic.js";
import { View } from "./view.js";

const STEP = 1.5; // of a button or key
const LEAP = 2.5; // of a double click
const STRIDE = 80; // CSS pixels, of an arrow key
const REST = 100; // ms: no more than ten times a second is asked for tiles

const wantsStillness = matchMedia("(prefers-reduced-motion: reduce)");
const link = document.querySelector(".stage > a");
link.after(document.getElementById("zoom").content);
const dialog = document.querySelector(".zoom");
const part = selector => dialog.querySelector(selector);
const { service, width, height } = dialog.dataset;
const pictures = () => [...document.querySelectorAll(".stage > a img")]; // of the page: there at once, and whole
const canvas = part("canvas");
const view = new View({ width: Number(width), height: Number(height) });
const mosaic = new Mosaic(canvas, view, service, () => pictures().find(one => one.complete && one.naturalWidth));
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
let frame = null; // the next one, when something has changed
let rest = null; // until tiles are asked for again
let goal = null; // the scale that a step leads to, and around which point

function draw() {
  frame = null;
  if (!dialog.open) return;
  if (goal) approach();
  mosaic.draw();
  rest ??= setTimeout(settle, REST);
}

function changed() {
  frame ??= requestAnimationFrame(draw);
}

function settle() {
  rest = null;
  if (!dialog.open) return;
  if (!goal) mosaic.fetch(changed); // on the way there, each scale would ask for tiles of its own
  const text = percent.format(view.scale);
  if (part(".zoom-percentage").textContent !== text) part(".zoom-percentage").textContent = text; // else said again
  const missing = part(".zoom-missing");
  const words = missing.dataset[mosaic.missing] ?? "";
  if (missing.textContent !== words) missing.textContent = words;
  // Not `disabled`: that would drop the focus, and the keys with it.
  part(".zoom-out").ariaDisabled = part(".zoom-fit").ariaDisabled = view.isFitted;
  part(".zoom-in").ariaDisabled = view.isLargest;
}

/** Zoom to `scale`, seen as a movement by those who do not mind. */
function lead(scale, at) {
  goal = { scale: view.clamped(scale), at };
  changed();
}

const step = (ratio, at) => lead((goal?.scale ?? view.scale) * ratio, at);

function approach() {
  const left = goal.scale / view.scale;
  const isNear = wantsStillness.matches || Math.abs(Math.log2(left)) < 0.02;
  view.zoom(isNear ? goal.scale : view.scale * left ** 0.25, goal.at);
  if (isNear) goal = null;
  else changed();
}

/** Do at once what a hand does itself: no step is under way any more. */
function directly(act) {
  goal = null;
  act();
  changed();
}

const drag = (x, y) => directly(() => view.move(x, y));
onGestures(canvas, {
  drag,
  pinch: (ratio, at) => directly(() => view.zoom(view.scale * ratio, at)),
  wheel: step,
  tapTwice: at => (view.isLargest ? lead(0) : step(LEAP, at)),
});

const keys = {
  "+": () => step(STEP),
  "=": () => step(STEP), // the same key without Shift
  "-": () => step(1 / STEP),
  "0": () => lead(0),
  "1": () => lead(1),
  ArrowLeft: () => drag(STRIDE, 0),
  ArrowRight: () => drag(-STRIDE, 0),
  ArrowUp: () => drag(0, STRIDE),
  ArrowDown: () => drag(0, -STRIDE),
};
// On the window and first, for a click may leave the focus on the body, and the page has arrow keys of its own.
addEventListener("keydown", event => {
  if (!dialog.open || !keys[event.key] || !isPlainOrShifted(event)) return; // "+" needs Shift on many a keyboard
  event.preventDefault();
  event.stopPropagation();
  keys[event.key]();
}, { capture: true });

part(".zoom-in").addEventListener("click", keys["+"]);
part(".zoom-out").addEventListener("click", keys["-"]);
part(".zoom-fit").addEventListener("click", keys["0"]);
part(".viewer-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => mosaic.clear());

function open() {
  canvas.ariaLabel = pictures()[0].alt || document.querySelector("h1").textContent; // as decoration it has none
  view.fit();
  dialog.showModal();
}

document.querySelector(".zoom-open").addEventListener("click", open);
link.addEventListener("click", event => {
  if (!isPlain(event)) return;
  event.preventDefault();
  open();
});
document.querySelector(".stage").addEventListener("load", changed, { capture: true }); // it does not bubble

// Opening is a change of size too. Drawn before the frame is shown, for a new size empties the canvas.
new ResizeObserver(() => {
  const { width, height } = canvas.getBoundingClientRect();
  if (!width || !height) return;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  goal = null; // its limits have changed
  view.resize(width, height);
  draw();
}).observe(canvas);
