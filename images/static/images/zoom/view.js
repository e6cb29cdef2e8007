// Which part of an image a window shows: how large, and what is in its middle.

const clamp = (least, number, most) => Math.max(least, Math.min(number, most));

export class View {
  scale = 1; // CSS pixels to a pixel of the image
  #window; // { width, height } in CSS pixels
  #most; // the largest scale, unless it fits at a larger one

  /** `image`: { width, height } in pixels. */
  constructor(image, most) {
    this.image = this.#window = image;
    this.#most = most;
    this.center = { x: image.width / 2, y: image.height / 2 };
  }

  /** The scale at which all of the image is seen, never enlarged. */
  get fitted() {
    return Math.min(1, this.#window.width / this.image.width, this.#window.height / this.image.height);
  }

  get isFitted() { return this.scale <= this.fitted; }
  get isLargest() { return this.scale >= this.#most; }

  clamped(scale) { return clamp(this.fitted, scale, Math.max(this.fitted, this.#most)); }

  /** Take another size of the window (CSS pixels), around the same middle; what was fitted stays so. */
  resize(width, height) {
    const { isFitted } = this;
    this.#window = { width, height };
    this.#clampTo(isFitted ? this.fitted : this.scale);
  }

  fit() {
    this.#clampTo(this.fitted);
  }

  /** Move the image by CSS pixels. */
  move(x, y) {
    this.center.x -= x / this.scale;
    this.center.y -= y / this.scale;
    this.#clampTo(this.scale);
  }

  /** Zoom to `scale`; the point `at` (CSS pixels from the middle of the window) stays where it is. */
  zoom(scale, at = { x: 0, y: 0 }) {
    const change = 1 / this.scale - 1 / this.clamped(scale);
    this.center.x += at.x * change;
    this.center.y += at.y * change;
    this.#clampTo(scale);
  }

  /** The part of the image within the window, in its pixels; beyond its edges where it is smaller. */
  get box() {
    const [width, height] = [this.#window.width / this.scale, this.#window.height / this.scale];
    const [left, top] = [this.center.x - width / 2, this.center.y - height / 2];
    return { left, top, right: left + width, bottom: top + height };
  }

  /** Hold the limits: no gap at an edge while there is more to see there, else in the middle. */
  #clampTo(scale) {
    this.scale = this.clamped(scale);
    for (const [axis, side] of [["x", "width"], ["y", "height"]]) {
      const half = Math.min(this.#window[side] / this.scale, this.image[side]) / 2;
      this.center[axis] = clamp(half, this.center[axis], this.image[side] - half);
    }
  }
}
