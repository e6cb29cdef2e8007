// One file of the list: its preview, what became of it, its alternative text, and what can be done.

import { showFile } from "../picture.js";

export class Row {
  image = null; // as the API answered, once it is in the library
  asked = ""; // the visibility it was sent with
  #abort = new AbortController();
  #changed;

  constructor(template, file, { retry, remove, describe, changed }) {
    this.file = file;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.#changed = changed;
    this.#find(".name").textContent = file.name;
    this.#find("progress").setAttribute("aria-label", file.name);
    for (const choice of this.element.querySelectorAll(".choices > *")) {
      choice.setAttribute("aria-label", `${choice.textContent}: ${file.name}`);
    }
    const choices = { retry: () => retry(this), remove: () => remove(this), cancel: () => this.#cancel() };
    this.#find(".choices").addEventListener("click", ({ target }) => choices[target.value]?.());
    this.#find("textarea").addEventListener("change", () => describe(this));
    showFile(this.#find("img"), file);
    this.show("waiting");
  }

  get signal() {
    return this.#abort.signal;
  }

  get altText() {
    return this.#find("textarea").value.trim();
  }

  set altText(text) {
    this.#find("textarea").value = text;
  }

  // What became of the file, in words.
  get sentence() {
    const shown = [...this.element.querySelectorAll(".outcome > :not([hidden])")];
    return shown.map((part) => part.textContent.trim()).join(" ");
  }

  show(state, reason = "") {
    const focused = document.activeElement;
    this.state = this.element.dataset.state = state;
    this.#find(".reason").textContent = reason;
    for (const part of this.element.querySelectorAll("[data-when]")) {
      part.hidden = !part.dataset.when.split(" ").includes(state);
    }
    if (this.element.contains(focused) && focused.closest("[hidden]")) this.element.focus();
    this.#changed();
  }

  // `share` of the file has been sent; all of it: the library is working, for nobody knows how long.
  progress(share) {
    const bar = this.#find("progress");
    if (share < 1) bar.value = share;
    else {
      bar.removeAttribute("value");
      this.show("checking");
    }
  }

  link(url) {
    this.#find(".choices a").href = url;
  }

  hideAltText() {
    const label = this.#find("label");
    delete label.dataset.when;
    label.hidden = true;
  }

  noteSaved(isSaved, reason) {
    const note = this.#find(".saved");
    note.textContent = isSaved ? note.dataset.saved : `${note.dataset.unsaved} ${reason}`;
    note.classList.toggle("error", !isSaved);
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }

  #cancel() {
    this.show("waiting");
    this.#abort.abort();
    this.#abort = new AbortController();
  }
}
