// A closer look at the image in the viewer, in its place: for as long as less than all of it is seen.

import { Zoom } from "../zoom/zoom.js";

const ZOOMED = "data-zoomed"; // of the part of the viewer where the image is

export class Closeup {
  #main;
  #button;
  #zoom;
  #onBegin;

  /** `onBegin` is called each time somebody begins to look closer. */
  constructor(dialog, onBegin) {
    this.#main = dialog.querySelector(".viewer-main");
    this.#button = dialog.querySelector(".viewer-zoom");
    this.#onBegin = onBegin;
    const stage = dialog.querySelector(".viewer-stage");
    this.#zoom = new Zoom(this.#main, stage, () => this.isOn, () => this.#follow());
    this.#button.addEventListener("click", () => this.toggle());
    stage.addEventListener("load", () => this.#zoom.redraw(), { capture: true }); // it does not bubble
  }

  get isOn() { return this.#zoom.isZoomed; }

  /** Begin anew, with the image that `link` leads to, which is on the stage. */
  show({ dataset: { service, extent = "1 1" } }) {
    const [width, height] = extent.split(" ").map(Number);
    const [picture, placeholder] = this.#main.querySelectorAll(".viewer-stage img");
    this.#zoom.look(
      { service, width, height },
      () => [picture, placeholder].find(one => one?.complete && one.naturalWidth),
    );
    this.#follow(); // where nothing was drawn
  }

  toggle() { this.#zoom.toggle(); }

  leave() { this.#zoom.leave(); }

  /** Do what a key means while one looks closer. Return whether it means anything. */
  press(event) { return this.isOn && this.#zoom.press(event); }

  /** Let the viewer be as the zoom is. */
  #follow() {
    const { isOn } = this;
    this.#button.ariaDisabled = String(!this.#zoom.isPossible);
    if (isOn === this.#main.hasAttribute(ZOOMED)) return;
    this.#main.toggleAttribute(ZOOMED, isOn);
    this.#button.ariaPressed = String(isOn);
    if (isOn) {
      const title = this.#main.querySelector("figcaption strong").textContent;
      this.#main.querySelector("canvas").ariaLabel = this.#main.querySelector(".viewer-stage img").alt || title;
      this.#onBegin();
    }
    this.#keepFocus();
  }

  /** Let the focus be somewhere, where what had it is not seen any more. */
  #keepFocus() {
    const held = document.activeElement;
    if (held.checkVisibility({ visibilityProperty: true })) return;
    const others = [this.#button, this.#main.querySelector(".viewer-more-open")];
    others.find(one => one.checkVisibility())?.focus();
  }
}
