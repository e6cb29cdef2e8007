// The one question about all files that say where they were taken, asked when no other is on its way.

export class Question {
  #element;
  #rows = [];

  /** `element`: of the page. `answer` is called with what was chosen: private, keep or strip. */
  constructor(element, answer) {
    this.#element = element;
    element.addEventListener("click", ({ target }) => {
      if (target.value) answer(target.value);
    });
  }

  /** What is asked, in words; nothing where nothing is. */
  get sentence() {
    return this.#element.hidden ? "" : this.#element.querySelector("h2").textContent;
  }

  /** Ask about the files of `rows`; of none, nothing. */
  ask(rows) {
    if (rows.length === this.#rows.length && rows.every((row, index) => row === this.#rows[index])) return;
    this.#rows = rows;
    this.#element.hidden = !rows.length;
    this.#element.querySelector("ul").replaceChildren(...rows.map(likeness));
  }
}

function likeness(row) {
  const item = document.createElement("li");
  const name = Object.assign(document.createElement("strong"), { dir: "auto", textContent: row.file.name });
  item.append(...[row.thumbnail(), name].filter(Boolean));
  return item;
}
