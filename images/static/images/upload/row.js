// One file of the list: its preview, what became of it, its alternative text, and what can be done.

import { showFile } from "../picture.js";

const SIDE = 144; // pixels, twice what a style sheet shows

export class Row {
  image = null; // as the API answered, once it is in the library
  copy = null; // the id of the one without the location that is public instead
  asked = ""; // the visibility it was sent with
  tags = []; // those it was sent with
  albums = new Set(); // the titles of those that it is still to be in
  isNew = false; // and not in the library before
  notice = ""; // what the library did otherwise than it was asked
  #abort = new AbortController();
  #changed;

  /**
   * `template`: of its element; `folders`: the names of those the file lies in; a lazy one's picture waits until
   * one comes to it. `retry`, `remove` and `describe` (its alternative text was written) are called with this row;
   * `changed` is called whenever its state is another.
   */
  constructor(template, { file, folders }, isLazy, { retry, remove, describe, changed }) {
    this.file = file;
    this.folders = folders;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.#changed = changed;
    this.#part(".name").textContent = file.name;
    this.#part("progress").ariaLabel = file.name;
    for (const choice of this.element.querySelectorAll(".choices > *")) {
      choice.ariaLabel = `${choice.textContent}: ${file.name}`;
    }
    const choices = { retry: () => retry(this), remove: () => remove(this), cancel: () => this.#cancel() };
    this.#part(".choices").addEventListener("click", ({ target }) => choices[target.value]?.());
    this.#part("textarea").addEventListener("change", () => describe(this));
    if (isLazy) this.#part("img").loading = "lazy";
    showFile(this.#part("img"), file);
    this.show("waiting");
  }

  /** Aborted when the person cancels; then there is a new one. */
  get signal() {
    return this.#abort.signal;
  }

  get altText() {
    return this.#part("textarea").value.trim();
  }

  set altText(text) {
    this.#part("textarea").value = text;
  }

  /** What became of the file, in words. */
  get sentence() {
    const shown = [...this.element.querySelectorAll(".outcome > :not([hidden])")];
    return shown.map(part => part.textContent.trim()).filter(Boolean).join(" ");
  }

  /** Be in `state`, and show what the template has for it (data-when). */
  show(state, reason = "") {
    const focused = document.activeElement;
    this.state = this.element.dataset.state = state;
    for (const place of this.element.querySelectorAll(".reason")) place.textContent = reason;
    for (const element of this.element.querySelectorAll("[data-when]")) {
      element.hidden = !element.dataset.when.split(" ").includes(state);
    }
    if (this.element.contains(focused) && focused.closest("[hidden]")) this.element.focus();
    this.#changed();
  }

  /** Show that `share` of the file has been sent; all of it: the library is working, nobody knows how long. */
  progress(share) {
    const bar = this.#part("progress");
    if (share < 1) bar.value = share;
    else {
      bar.removeAttribute("value");
      this.show("checking");
    }
  }

  /** Say what the library did otherwise than it was asked. */
  note(notice) {
    this.notice = this.#part(".notice").textContent = notice;
  }

  /** Return a small picture of the file, or null where the browser can make none. */
  thumbnail() {
    const image = this.#part(".preview img");
    if (!image?.naturalWidth) return null;
    const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    const side = Math.min(image.naturalWidth, image.naturalHeight); // of the square in its middle
    const [x, y] = [(image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2];
    canvas.getContext("2d").drawImage(image, x, y, side, side, 0, 0, SIDE, SIDE);
    return canvas;
  }

  /** Let the row lead to the page of its image. */
  link(url) {
    this.#part(".choices a").href = url;
  }

  /** Take the field away: what it says is not this person's to change. */
  hideAltText() {
    const label = this.#part("label");
    delete label.dataset.when;
    label.hidden = true;
  }

  /** Say beside the field whether the alternative text was saved, or for what `reason` not. */
  noteSaved(isSaved, reason) {
    const note = this.#part(".saved");
    note.textContent = isSaved ? note.dataset.saved : `${note.dataset.unsaved} ${reason}`;
    note.classList.toggle("error", !isSaved);
  }

  #part(selector) {
    return this.element.querySelector(selector);
  }

  #cancel() {
    this.show("waiting");
    this.#abort.abort();
    this.#abort = new AbortController();
  }
}
