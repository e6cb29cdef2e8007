// Draws a view of an image from its tiles, the coarser ones for as long as the finer ones are not there.
//
// On a canvas rather than as <img> elements: edges rounded to pixels of the screen leave no seam, and a tile
// takes the place of a coarser one in the very frame in which it is whole.

import { fetchPicture } from "../request.js";
import { coarsest, factorFor, tilesWithin } from "./tiles.js";

const MARGIN = 64; // CSS pixels around the window, fetched before they are seen
const SPARE = 64; // tiles kept beside those in view, about a megabyte each
const DENSEST = 2; // pixels of the screen to a CSS pixel, beyond which finer tiles would show nothing more
const PAUSE = 5; // seconds until what did not come is asked for again, where no Retry-After says it
const [SOONEST, LATEST] = [1, 60]; // seconds, whatever it says
const AT_ONCE = 4; // requests: the library has turns for eight at drawing, and goes on with what is given up
const DEADLINE = 60_000; // ms for one: longer than the library itself takes to give up
const ATTEMPTS = 6; // for each tile that stays in view
const GROUND = "#808080"; // beneath transparent pictures, where neither black nor white drawings vanish

export class Mosaic {
  #tiles = new Map(); // by their specs; first those that were not wanted for the longest time
  #factor = 1;

  /** `service`: the image's base URI. `base()`: what is drawn beneath the tiles, or nothing. */
  constructor(canvas, view, service, base) {
    Object.assign(this, { canvas, view, service, base });
  }

  /** Draw what is there. */
  draw() {
    const { canvas, view } = this;
    const context = canvas.getContext("2d");
    const density = view.scale * devicePixelRatio;
    const [x, y] = [canvas.width / 2 - view.center.x * density, canvas.height / 2 - view.center.y * density];
    const put = (picture, left, top, right, bottom) => {
      const [startX, startY] = [Math.round(x + left * density), Math.round(y + top * density)];
      const [endX, endY] = [Math.round(x + right * density), Math.round(y + bottom * density)];
      const place = [startX, startY, endX - startX, endY - startY];
      context.fillRect(...place);
      context.drawImage(picture, ...place);
    };
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = GROUND;
    context.imageSmoothingQuality = "high";
    const base = this.base();
    if (base) put(base, 0, 0, view.image.width, view.image.height);
    // The layer in use comes last, over the coarser and then the finer ones that are still there.
    const rank = ({ factor }) => (factor === this.#factor ? 0 : factor);
    const whole = [...this.#tiles.values()].filter(tile => tile.picture && touches(tile, view.box));
    for (const tile of whole.sort((one, other) => rank(other) - rank(one))) {
      put(tile.picture, tile.left, tile.top, tile.right, tile.bottom);
    }
  }

  /** Fetch what the view shows and is not there, give up what it does not. Calls `arrived` after each. */
  fetch(arrived) {
    const { image, scale, box } = this.view;
    this.#factor = factorFor(scale * Math.min(devicePixelRatio, DENSEST), image);
    const wanted = [
      ...tilesWithin(image, coarsest(image), box), // beneath all others wherever one goes
      ...tilesWithin(image, this.#factor, widened(box, MARGIN / scale)),
    ];
    for (const one of wanted) {
      const tile = this.#tiles.get(one.spec) ?? one;
      this.#tiles.delete(tile.spec); // to be put at the end
      this.#tiles.set(tile.spec, tile);
    }
    const isWanted = new Set(wanted.map(({ spec }) => spec));
    const others = [...this.#tiles.values()].filter(({ spec }) => !isWanted.has(spec));
    const spare = others.filter(({ picture }) => picture).slice(-SPARE);
    others.filter(tile => !spare.includes(tile)).forEach(tile => this.#drop(tile));
    let room = AT_ONCE - [...this.#tiles.values()].filter(({ asking }) => asking).length; // what was dropped made some
    for (const { spec } of wanted) {
      const tile = this.#tiles.get(spec);
      if (tile.picture || tile.asking || tile.attempts === ATTEMPTS || performance.now() < tile.due) continue;
      if (room-- > 0) this.#load(tile, arrived);
    }
  }

  /** What is missing in view though it was asked for: "late" is what is asked for again, "lost" what is not; or "". */
  get missing() {
    const { box } = this.view;
    const late = [...this.#tiles.values()].filter(tile => tile.due && !tile.picture && touches(tile, box));
    if (!late.length) return "";
    return late.every(({ attempts, asking }) => attempts === ATTEMPTS && !asking) ? "lost" : "late";
  }

  /** Give up everything. */
  clear() {
    this.#tiles.forEach(tile => this.#drop(tile));
  }

  async #load(tile, arrived) {
    tile.attempts = (tile.attempts ?? 0) + 1;
    tile.asking = new AbortController();
    const deadline = setTimeout(() => tile.asking.abort(), DEADLINE);
    const { body, retryAfter } = await fetchPicture(`${this.service}/${tile.spec}`, tile.asking.signal);
    clearTimeout(deadline);
    const isThere = () => this.#tiles.get(tile.spec) === tile;
    if (!isThere()) return body?.close();
    tile.asking = null;
    tile.picture = body;
    if (!body) { // what is coarser stays
      const pause = 1000 * Math.max(SOONEST, Math.min(retryAfter || PAUSE, LATEST));
      tile.due = performance.now() + pause;
      setTimeout(() => isThere() && arrived(), pause + 1);
    }
    arrived(); // there may be others to fetch
  }

  #drop(tile) {
    this.#tiles.delete(tile.spec);
    tile.asking?.abort();
    tile.picture?.close();
  }
}

const touches = (tile, box) =>
  tile.left < box.right && tile.right > box.left && tile.top < box.bottom && tile.bottom > box.top;

const widened = ({ left, top, right, bottom }, by) =>
  ({ left: left - by, top: top - by, right: right + by, bottom: bottom + by });
