// One image after the other by itself, until somebody touches the screen, or at the last one.

const EACH = 5000; // ms

export class Slideshow {
  #button;
  #step;
  #timer = null; // until the next image

  /** `step` resolves to whether there was another image; `isLoading` tells whether one is still awaited. */
  constructor(dialog, step, isLoading) {
    this.#button = dialog.querySelector(".viewer-play");
    this.#step = async () => {
      if (isLoading()) return this.#wait();
      if (await step()) return; // `restart` is called as it is shown
      this.stop();
    };
    this.#button.addEventListener("click", () => this.toggle());
    dialog.addEventListener("pointerdown", event => {
      if (!this.#button.contains(event.target)) this.stop();
    });
  }

  get #isOn() { return this.#button.ariaPressed === "true"; }

  toggle() {
    if (this.#isOn) return this.stop();
    this.#button.ariaPressed = "true";
    this.#wait();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#button.ariaPressed = "false";
  }

  /** Give the image that is shown now its time. */
  restart() {
    if (this.#isOn) this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#step, EACH);
  }
}
