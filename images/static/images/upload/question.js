// The one question about all files that say where they were taken, asked when no other is on its way.

import { isWriting } from "../writing.js";

const SEEN = "0px 0px -33% 0px"; // of the window: nobody takes notice of what begins below that

export class Question {
  #element;
  #link;
  #rows = [];

  /** `element`: of the page; `link` leads there. `answer` is called with what was chosen: private, keep or strip. */
  constructor(element, link, answer) {
    [this.#element, this.#link] = [element, link];
    link.addEventListener("click", () => this.#lead());
    const isSeen = ([{ isIntersecting }]) => element.classList.toggle("seen", isIntersecting);
    new IntersectionObserver(isSeen, { rootMargin: SEEN }).observe(element);
    element.addEventListener("click", ({ target }) => {
      if (target.value) answer(target.value);
    });
  }

  get #heading() { return this.#element.querySelector("h2"); }

  /** What is asked, in words; nothing where nothing is. */
  get sentence() {
    return this.#element.hidden ? "" : this.#heading.textContent;
  }

  /** Ask about the files of `rows`, and lead there once, but nobody who writes; of none, ask nothing. */
  ask(rows) {
    if (rows.length === this.#rows.length && rows.every((row, index) => row === this.#rows[index])) return;
    const isAskedNow = rows.length && this.#element.hidden;
    this.#rows = rows;
    this.#element.hidden = this.#link.hidden = !rows.length;
    this.#element.querySelector("ul").replaceChildren(...rows.map(likeness));
    if (isAskedNow && !isWriting()) this.#lead();
  }

  #lead() {
    this.#heading.focus({ preventScroll: true }); // which would show the heading, and no answer
    this.#element.scrollIntoView();
  }
}

function likeness(row) {
  const item = document.createElement("li");
  const name = Object.assign(document.createElement("strong"), { dir: "auto", textContent: row.file.name });
  item.append(...[row.thumbnail(), name].filter(Boolean));
  return item;
}
