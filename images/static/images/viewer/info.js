// What is known of the image in the viewer: the parts of its page, beside it as long as one wants them there.

import { fetchPage } from "../request.js";
import { suggestValues } from "../suggestions.js";
import { sayMoments } from "../times.js";

const PARTS = [
  ".words .edit",
  ".words .shown",
  ...["albums", "visibility", "facts"].map(name => `.words > [aria-labelledby="${name}"]`),
  ".words .history a",
].join();
const REFERENCES = ["id", "for", "list", "aria-labelledby", "aria-describedby"];

/** Let ids differ from those of the page that `part` comes into. */
function rename(part) {
  for (const name of REFERENCES) {
    for (const element of [part, ...part.querySelectorAll(`[${name}]`)]) {
      const ids = element.getAttribute(name);
      if (ids) element.setAttribute(name, ids.replace(/\S+/g, "viewer-$&"));
    }
  }
}

function suggest(part) {
  const [edit, filing] = [".edit form", ".filing"].map(selector => part.querySelector(selector));
  if (edit) suggestValues(edit.elements.tag_names, "tag", edit.dataset, "\n");
  if (filing) suggestValues(filing.elements.album, "album", filing.dataset);
}

/** The panel of `dialog`, opened and closed by its button. */
export class Info {
  #panel;
  #button;
  #link;
  #asking = null;

  constructor(dialog) {
    this.#panel = dialog.querySelector(".viewer-info");
    this.#button = dialog.querySelector(".viewer-about");
    this.#button.addEventListener("click", () => this.toggle());
    this.#panel.querySelector(".viewer-info-close").addEventListener("click", () => {
      this.toggle();
      this.#button.focus();
    });
  }

  toggle() {
    this.#panel.hidden = !this.#panel.hidden;
    this.#button.ariaExpanded = String(!this.#panel.hidden);
    return this.show(this.#link);
  }

  /** Open the panel and lead to what there is of `selector` in it. */
  async lead(selector) {
    if (this.#panel.hidden) await this.toggle();
    this.#panel.querySelector(selector)?.focus();
  }

  /** Give the keyboard back to the viewer, where a field of the panel has it. */
  leave() {
    const { activeElement } = document;
    if (!this.#panel.contains(activeElement)) return;
    activeElement.blur(); // on a phone, too, where the button may be hidden
    this.#button.focus();
  }

  /** Tell of the image that `link` leads to, where the panel is open. */
  async show(link) {
    this.#link = link;
    this.#panel.querySelector(".viewer-info-page").href = link.href;
    this.#asking?.abort();
    if (this.#panel.hidden) return;
    const { signal } = this.#asking = new AbortController();
    this.#panel.ariaBusy = "true";
    const { status, body } = await fetchPage(link.href, { signal });
    if (!signal.aborted) this.fill(status === 200 ? body : null);
  }

  /** Whether words stand in its open form that were not saved. */
  get isUnsaved() {
    const isChanged = field => (field.type === "checkbox" // whose value says nothing
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue);
    return [...this.#panel.querySelectorAll(".edit[open] :is(input, textarea)")].some(isChanged);
  }

  /** Show what `page` tells; without one, that it did not come. */
  fill(page) {
    const parts = [...page?.querySelectorAll(PARTS) ?? []].map(part => document.adoptNode(part));
    for (const part of parts) rename(part);
    const told = this.#panel.querySelector(".viewer-told");
    told.replaceChildren(...parts);
    sayMoments(told);
    suggest(told);
    this.#panel.querySelector(".viewer-untold").hidden = Boolean(page);
    this.#panel.scrollTop = 0;
    this.#panel.ariaBusy = "false";
  }
}
