// The way after an upload: to what was just added, all of it selected. What needs a person's look stays on top of it.

import { announce } from "../announcer.js";
import { fetchPage } from "../request.js";
import { isWriting } from "../writing.js";

const WELL = ["new", "known", "published", "copied", "kept"]; // states of which there is no more to say

export class Arrivals {
  #form;
  #link;
  #place;
  #seen = 0; // images that the place has, or the person was led to

  /** `form`: of the page; `link` leads to what was added, and `place` is where it is shown below what stays. */
  constructor(form, link, place) {
    this.#form = form;
    this.#link = link;
    this.#place = place;
  }

  /**
   * Go on with the images of `rows`, which are settled: leave the page when it has no more to say. One call waits
   * for the other.
   */
  async goOn(rows) {
    const arrived = rows.filter(row => row.image);
    if (arrived.length === this.#seen) return;
    this.#seen = arrived.length;
    const address = this.#addressOf(arrived);
    const stays = rows.filter(row => !isWell(row));
    this.#link.href = address;
    this.#link.hidden = false;
    const isFree = !isBusy(this.#place); // nobody is taken away from what they write
    if (isFree && !stays.length) location.assign(address);
    else if (this.#place.childElementCount) await this.#join(address, arrived, stays);
    else if (isFree) await this.#show(address, arrived, stays);
  }

  /** Images that were there already are named one by one, as many as an address takes. */
  #addressOf(arrived) {
    const { arrivals, known } = this.#form.dataset;
    const ids = isNew => arrived.filter(row => row.isNew === isNew).map(row => row.image.id);
    const [first] = arrived.filter(row => row.isNew).map(row => row.image.created_at).sort();
    const said = first ? [["uploaded_after", first]] : [];
    said.push(...ids(false).slice(0, Number(known)).map(id => ["images", id]));
    return `${arrivals}?${new URLSearchParams(said)}`;
  }

  /** Show the page at `address` below the rows that stay, in the place of all else; a reload shows it alone. */
  async #show(address, arrived, stays) {
    const { status, body } = await fetchPage(address);
    if (status !== 200 || isBusy(this.#place)) return; // the link leads there
    const heading = this.#form.querySelector(".queue h2");
    heading.textContent = heading.dataset.settled;
    document.body.classList.add("settled");
    this.#place.append(...body.querySelector("main").children);
    document.title = body.title;
    for (const { src } of body.querySelectorAll("head script")) {
      document.head.append(Object.assign(document.createElement("script"), { type: "module", src }));
    }
    const focused = document.activeElement;
    stays[0].element.parentElement.prepend(...stays.map(row => row.element));
    focused.focus({ preventScroll: true });
    list(arrived, stays);
    this.#end(address);
  }

  /** Have what was added since among what is shown: cells that are there stay as they are, chosen or not. */
  async #join(address, arrived, stays) {
    list(arrived, stays);
    const { status, body } = await fetchPage(address);
    const there = this.#place.querySelector(".cells");
    const grown = body?.querySelector(".cells");
    if (status !== 200 || !there || !grown) return; // the link leads there
    const focused = document.activeElement;
    const cells = new Map([...there.querySelectorAll(".cell")].map(cell => [idOf(cell), cell]));
    document.adoptNode(grown); // or pictures of cells that move there would be loaded anew
    for (const cell of grown.querySelectorAll(".cell")) cell.replaceWith(cells.get(idOf(cell)) ?? cell);
    there.replaceChildren(...grown.children);
    focused.focus({ preventScroll: true });
    for (const part of [".title-row", ".more"]) {
      this.#place.querySelector(part).replaceChildren(...body.querySelector(part).childNodes);
    }
    const [told, news] = [this.#place, body].map(page => page.querySelector(".messages"));
    if (told && news) told.append(...news.children);
    else if (news) this.#place.prepend(news, body.querySelector("#undo"));
    this.#end(address);
  }

  /** Have the `address` of what is shown, and say what that is. */
  #end(address) {
    this.#link.hidden = true;
    if (!history.state) history.replaceState(null, "", address); // a viewer above it has an address of its own
    announce(this.#place.querySelector(".title-row").textContent);
  }
}

/** Leave in the list the rows that stay, and that in which a person writes. */
function list(arrived, stays) {
  const focused = document.activeElement;
  for (const { element } of arrived.filter(isWell)) element.hidden = !(isWriting() && element.contains(focused));
  if (!focused.checkVisibility()) stays[0].element.focus();
}

const idOf = cell => cell.querySelector("a").dataset.id;

function isWell(row) {
  return WELL.includes(row.state) && !row.notice;
}

function isBusy(place) {
  return isWriting() || place.contains(document.activeElement);
}
