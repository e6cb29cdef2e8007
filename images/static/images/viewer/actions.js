// What is done to the image in the viewer, told by a message with the way back, and seen in the grid behind it.
// The library says who may: the cell of trash and tags, the page of the image of all its forms.

import { change, fetchPage } from "../request.js";
import { suggestValues } from "../suggestions.js";

const REACHED = 200;

export class Actions {
  #dialog;
  #viewer;
  #said;
  #busy = false;
  #undo = null;

  /** `viewer`: { current, next, go, describe, info }, of which the first is a link and the second resolves to one. */
  constructor(dialog, viewer) {
    this.#dialog = dialog;
    this.#viewer = viewer;
    this.#said = dialog.querySelector(".viewer-said");
    const tagging = this.#part(".viewer-tagging");
    this.#part(".viewer-trash")?.addEventListener("click", () => this.trash());
    this.#said.querySelector("button").addEventListener("click", () => this.undo());
    if (tagging) suggestValues(tagging.elements.tags, "tag", tagging.dataset, ",");
    dialog.addEventListener("submit", event => {
      if (event.target === tagging) this.#tag(event);
      else if (event.target.closest(".viewer-told") && !event.target.dataset.isLeft) this.#send(event);
    });
  }

  #part(selector) { return this.#dialog.querySelector(selector); }
  get #token() { return document.getElementById("favourites").elements.csrfmiddlewaretoken.value; }

  /** Offer what may be done to the image that `link` leads to. */
  show(link) {
    if (!this.#undo) this.#tell("");
    const { file, mayEdit, mayDelete } = link.dataset;
    this.#part(".viewer-download").href = file;
    for (const [selector, may] of [[".viewer-trash", mayDelete], [".viewer-tagging", mayEdit]]) {
      const part = this.#part(selector);
      if (part) part.hidden = may === undefined;
    }
  }

  download() { this.#part(".viewer-download").click(); }

  /** Tell whether one may leave the image: not before its words are saved or dropped, which is said. */
  mayLeave() {
    const { isUnsaved } = this.#viewer.info;
    if (isUnsaved) this.#tell(this.#said.dataset.unsaved);
    return !isUnsaved;
  }

  async trash() {
    const link = this.#viewer.current;
    if (!this.mayLeave()) return;
    if (link.dataset.mayDelete === undefined || !link.isConnected) return;
    const cell = link.closest(".cell");
    const done = await this.#act(link, { action: "trash" });
    if (!done) return;
    const [grid, after] = [cell.parentElement, cell.nextElementSibling];
    const next = await this.#viewer.next();
    cell.remove();
    this.#count(-1);
    if (next) this.#viewer.go(next);
    this.#tell(this.#words("trashed", link), async () => {
      if (!await this.#takeBack(done)) return;
      grid.insertBefore(cell, after?.parentElement === grid ? after : null);
      this.#count(1);
      this.#viewer.go(link);
      await this.#refresh(link);
      this.#tell(this.#words("back", link));
    });
  }

  undo() {
    const undo = this.#undo;
    this.#undo = null;
    undo?.();
  }

  /** The count of the page, which the counter tells. */
  #count(by) {
    const { dataset } = this.#part(".viewer-counter");
    if (Number(dataset.count)) dataset.count = Number(dataset.count) + by;
  }

  #words(name, link) { return this.#said.dataset[name].replace("{name}", () => link.dataset.title); }

  /** Say `sentence`; `undo`, where there is a way back, is what its button does, which may have a `name`. */
  #tell(sentence, undo = null, name = this.#said.dataset.undo) {
    const button = this.#said.querySelector("button");
    if (!undo && button === document.activeElement) this.#part(".viewer-close").focus();
    this.#undo = undo;
    this.#said.querySelector("span").textContent = sentence;
    button.textContent = name;
    button.hidden = !undo;
  }

  /** Do something to one image; return the answer, null where it was not done, and is told why. */
  async #act(link, fields) {
    if (this.#busy) return null;
    this.#busy = true;
    const asked = { images: [link.dataset.id], ...fields };
    const { status, body } = await change(this.#said.dataset.batch, this.#token, asked, "POST");
    this.#busy = false;
    const [result] = body?.results ?? [];
    if (status === REACHED && result.status === REACHED) return body;
    this.#tell(result?.detail || body?.detail || this.#said.dataset.failed);
    return null;
  }

  async #takeBack({ undo }) {
    const { status, body } = await change(new URL(undo).pathname, this.#token, {}, "POST");
    if (status !== REACHED) this.#tell(body?.detail || this.#said.dataset.failed);
    return status === REACHED;
  }

  async #tag(event) {
    event.preventDefault();
    const link = this.#viewer.current;
    const { tags } = event.target.elements;
    const names = tags.value.split(",").map(name => name.trim()).filter(Boolean);
    const done = names.length ? await this.#act(link, { action: "tag", tags: names }) : null;
    if (!done) return;
    tags.value = "";
    if (document.activeElement === tags) this.#viewer.info.leave();
    this.#tell(this.#words("tagged", link), done.undo && (async () => {
      if (await this.#takeBack(done)) this.#tell(this.#words("untagged", link));
      await this.#refresh(link);
    }));
    await this.#refresh(link);
  }

  /** Send a form of the image's page; where another page answers than that of the image, one goes there. */
  async #send(event) {
    event.preventDefault();
    if (this.#busy) return;
    this.#busy = true;
    const link = this.#viewer.current;
    const [form, button] = [event.target, event.submitter];
    const { status, body } = await fetchPage(link.href, { method: "POST", body: new FormData(form, button) });
    this.#busy = false;
    if (status === 0) return this.#tell(this.#said.dataset.failed);
    if (!body.querySelector(".words .facts")) {
      form.setAttribute("action", link.href); // `form.action` is its button
      form.dataset.isLeft = "";
      return form.requestSubmit(button);
    }
    this.#tellFrom(body, link);
    this.#take(link, body);
    this.#part(".viewer-told [aria-invalid], .viewer-about")?.focus();
  }

  /** Say what a page tells of what happened, with its button that undoes it. */
  #tellFrom(page, link) {
    const message = page.querySelector(".messages li");
    const button = message?.querySelector("[form=undo]");
    const sentence = message?.querySelector("div").firstChild.textContent.trim() ?? "";
    this.#tell(sentence, button && (async () => {
      const body = new FormData();
      body.append("csrfmiddlewaretoken", this.#token);
      const answer = await fetchPage(button.getAttribute("formaction"), { method: "POST", body });
      if (answer.status === REACHED) this.#tellFrom(answer.body, link);
      else this.#tell(this.#said.dataset.failed);
      await this.#refresh(link);
    }), button?.textContent);
  }

  async #refresh(link) {
    const { status, body } = await fetchPage(link.href);
    if (status === REACHED) this.#take(link, body);
  }

  /** Let the cell and the viewer say of the image what its page says. */
  #take(link, page) {
    link.dataset.title = page.querySelector("h1").textContent;
    link.querySelector("img").alt = page.querySelector(".stage img").alt;
    const told = page.querySelector(".heading .badge");
    link.querySelector(".badge")?.remove();
    if (told) link.append(document.adoptNode(told));
    if (link !== this.#viewer.current) return;
    this.#viewer.describe();
    this.#viewer.info.fill(page);
  }
}
