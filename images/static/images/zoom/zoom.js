// Deep zoom on a canvas: as much of an image's detail as there is room for, from tiles; by hands, buttons and keys.

import { isPlainOrShifted } from "../keys.js";
import { onGestures } from "./gestures.js";
import { Mosaic } from "./mosaic.js";
import { coarsest } from "./tiles.js";
import { View } from "./view.js";

const LARGEST = 4; // CSS pixels to a pixel of the image
const STEP = 1.5; // of a button or key
const LEAP = 2.5; // of a double click
const STRIDE = 80; // CSS pixels, of an arrow key
const REST = 100; // ms: no more than ten times a second is asked for tiles

const wantsStillness = matchMedia("(prefers-reduced-motion: reduce)");
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

/** How large an image may become, in CSS pixels to one of its own. What a single tile holds is not enlarged. */
function mostOf({ service, width, height }) {
  if (!service) return 0;
  return coarsest({ width, height }) > 1 ? LARGEST : 1;
}

export class Zoom {
  #part;
  #canvas;
  #isShown;
  #drawn;
  #view;
  #mosaic;
  #frame = null; // the next one, when something has changed
  #rest = null; // until tiles are asked for again
  #goal = null; // the scale that a step leads to, and around which point
  #keys = {
    "+": () => this.#step(STEP),
    "=": () => this.#step(STEP), // the same key without Shift
    "-": () => this.#step(1 / STEP),
    "0": () => this.#lead(0),
    "1": () => this.#lead(1),
    ArrowLeft: () => this.#drag(STRIDE, 0),
    ArrowRight: () => this.#drag(-STRIDE, 0),
    ArrowUp: () => this.#drag(0, STRIDE),
    ArrowDown: () => this.#drag(0, -STRIDE),
  };

  /**
   * `root` has in it what templates/shared/zoom.html has; hands touch `surface`. `isShown()` tells whether the
   * canvas is seen, which may change with each frame: `drawn()` is called before it is asked.
   */
  constructor(root, surface, isShown, drawn = () => {}) {
    this.#part = selector => root.querySelector(selector);
    this.#canvas = this.#part("canvas");
    this.#isShown = isShown;
    this.#drawn = drawn;
    onGestures(surface, {
      drag: (x, y) => this.#drag(x, y),
      pinch: (ratio, at) => this.#directly(() => this.#view.zoom(this.#view.scale * ratio, at)),
      wheel: (ratio, at, isPinched) => (isPinched || isShown()) && this.#step(ratio, at),
      tapTwice: at => (this.#view.isLargest ? this.#lead(0) : this.#step(LEAP, at)),
    });
    this.#part(".zoom-in").addEventListener("click", this.#keys["+"]);
    this.#part(".zoom-out").addEventListener("click", this.#keys["-"]);
    this.#part(".zoom-fit").addEventListener("click", this.#keys["0"]);
    new ResizeObserver(() => this.#measure()).observe(this.#canvas); // to be shown is a change of size too
  }

  /** Whether less than all of the image is seen, or will be in a moment. */
  get isZoomed() { return !this.#view.isFitted || this.#goal?.scale > this.#view.fitted; }

  /** Whether there is more to see of it than fits. */
  get isPossible() { return !this.#view.isFitted || !this.#view.isLargest; }

  /**
   * Show all of `image`: { service, width, height }, the first its base URI; without one it does not zoom. Beneath
   * its tiles lies `base()`, if anything.
   */
  look(image, base) {
    this.#mosaic?.clear();
    this.#view = new View(image, mostOf(image));
    this.#mosaic = new Mosaic(this.#canvas, this.#view, image.service, base);
    this.#goal = null;
    this.#measure();
  }

  /** Zoom in, or let all of it be seen again. */
  toggle() {
    if (this.isZoomed) this.leave();
    else this.#step(LEAP);
  }

  /** Let all of it be seen, at once. */
  leave() {
    this.#goal = null;
    this.#view.fit();
    this.#draw();
  }

  /** Do what a key means. Return whether it means anything. */
  press(event) {
    const act = isPlainOrShifted(event) && this.#keys[event.key]; // "+" needs Shift on many a keyboard
    if (!act) return false;
    event.preventDefault();
    act();
    return true;
  }

  redraw() {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  // Drawn before the frame is shown, for a new size empties the canvas.
  #measure() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (!width || !height) return;
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.#goal = null; // its limits have changed
    this.#view.resize(width, height);
    this.#draw();
  }

  #draw() {
    this.#frame = null;
    if (this.#goal) this.#approach();
    this.#drawn();
    if (!this.#isShown()) return this.#end();
    this.#mosaic.draw();
    this.#rest ??= setTimeout(() => this.#settle(), REST);
  }

  #end() {
    this.#mosaic.clear();
    this.#say(".zoom-missing", ""); // of what is not asked for any more
  }

  #settle() {
    this.#rest = null;
    if (!this.#isShown()) return;
    // On the way to a goal, each scale would ask for tiles of its own.
    if (!this.#goal) this.#mosaic.fetch(() => this.redraw());
    const missing = this.#part(".zoom-missing");
    this.#say(".zoom-percentage", percent.format(this.#view.scale));
    this.#say(".zoom-missing", missing.dataset[this.#mosaic.missing] ?? "");
    // Not `disabled`: that would drop the focus, and the keys with it.
    this.#part(".zoom-out").ariaDisabled = this.#part(".zoom-fit").ariaDisabled = this.#view.isFitted;
    this.#part(".zoom-in").ariaDisabled = this.#view.isLargest;
  }

  #say(selector, words) {
    if (this.#part(selector).textContent !== words) this.#part(selector).textContent = words; // else said again
  }

  /** Zoom to `scale`, seen as a movement by those who do not mind. */
  #lead(scale, at) {
    this.#goal = { scale: this.#view.clamped(scale), at };
    this.redraw();
  }

  #step(ratio, at) {
    this.#lead((this.#goal?.scale ?? this.#view.scale) * ratio, at);
  }

  #approach() {
    const { scale, at } = this.#goal;
    const left = scale / this.#view.scale;
    const isNear = wantsStillness.matches || Math.abs(Math.log2(left)) < 0.02;
    this.#view.zoom(isNear ? scale : this.#view.scale * left ** 0.25, at);
    if (isNear) this.#goal = null;
    else this.redraw();
  }

  /** Do at once what a hand does itself: no step is under way any more. */
  #directly(act) {
    this.#goal = null;
    act();
    this.redraw();
  }

  #drag(x, y) {
    this.#directly(() => this.#view.move(x, y));
  }
}
