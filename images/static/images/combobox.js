// A text field with suggestions: the combobox pattern (WAI-ARIA 1.2; APG: editable, with a list).
//
// The focus stays in the field; which suggestion is chosen, aria-activedescendant says. Nothing is chosen before
// an arrow key is pressed, so that Enter goes on meaning what it means in the field's form. A field of several lines
// stays a text box, for it can be no combobox (ARIA in HTML), and its arrows lead from line to line without a list.

import { isPlain } from "./keys.js";

const PAUSE = 150; // ms without another key, until the library is asked
const DEADLINE = 5000; // ms, for its answer
const ENOUGH = 320; // px of room, for a list of which one sees what it is

let made = 0; // so that ids differ

export class Combobox {
  #input;
  #ask;
  #after;
  #list;
  #status;
  #options = []; // as the library answered
  #active = -1;
  #waiting = null; // the timer until it is asked
  #asking = null; // of the latest request; an older answer is not looked at
  #hasLines;

  /**
   * `ask(text, at, signal)` resolves to [{ text, label, count, start, end }]: `text` replaces what is between the
   * two places; places are counted in characters (code points). `after` is written behind what was taken.
   * `words`: { label, count } of the list, the latter with {count}.
   */
  constructor(input, { ask, after = " ", words }) {
    this.#input = input;
    this.#hasLines = input.matches("textarea");
    this.#ask = ask;
    this.#after = after;
    this.words = words;
    this.#list = Object.assign(document.createElement("ul"), { id: `suggestions-${made++}`, hidden: true });
    this.#list.className = "suggestions";
    this.#list.role = "listbox";
    this.#list.ariaLabel = words.label;
    this.#status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    this.#status.role = "status";
    input.after(this.#list, this.#status);
    if (!this.#hasLines) Object.assign(input, { role: "combobox", ariaExpanded: "false" });
    input.autocomplete = "off";
    input.ariaAutoComplete = "list";
    input.setAttribute("aria-controls", this.#list.id);
    input.addEventListener("input", event => { if (!event.isComposing) this.#askSoon(); });
    input.addEventListener("compositionend", () => this.#askSoon());
    input.addEventListener("keydown", event => this.#onKey(event));
    input.addEventListener("blur", () => this.#close());
    this.#list.addEventListener("pointerdown", event => event.preventDefault()); // which would move the focus
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#take([...this.#list.children].indexOf(option));
    });
  }

  #askSoon() {
    this.#forget();
    this.#waiting = setTimeout(() => this.#askNow(), PAUSE);
  }

  /** Wait for no answer any more. */
  #forget() {
    clearTimeout(this.#waiting);
    this.#asking?.abort();
    this.#asking = null;
  }

  async #askNow() {
    this.#forget();
    const asking = new AbortController();
    this.#asking = asking;
    const late = setTimeout(() => asking.abort(), DEADLINE);
    const { value, selectionStart } = this.#input;
    const at = [...value.slice(0, selectionStart)].length;
    const options = await this.#ask(value, at, asking.signal).catch(() => []);
    clearTimeout(late);
    if (this.#asking === asking) this.#show(options);
  }

  #show(options) {
    this.#options = options;
    this.#list.replaceChildren(...options.map((option, number) => this.#element(option, number)));
    this.#list.hidden = !options.length;
    if (options.length) this.#place();
    if (!this.#hasLines) this.#input.ariaExpanded = String(Boolean(options.length));
    this.#status.textContent = options.length ? this.words.count.replace("{count}", options.length) : "";
    this.#activate(-1);
  }

  /** Put the list beneath the field or above it, no higher than there is room in the window, or its dialog. */
  #place() {
    const { offsetTop, height } = visualViewport; // what a keyboard on the screen leaves of the window
    const dialog = this.#input.closest("dialog")?.getBoundingClientRect();
    const field = this.#input.getBoundingClientRect();
    const above = field.top - Math.max(offsetTop, dialog?.top ?? 0);
    const below = Math.min(offsetTop + height, dialog?.bottom ?? Infinity) - field.bottom;
    const isAbove = below < ENOUGH && above > below;
    this.#list.classList.toggle("above", isAbove);
    this.#list.style.setProperty("--room", `${isAbove ? above : below}px`);
  }

  #element({ label, count }, number) {
    const element = document.createElement("li");
    element.id = `${this.#list.id}-${number}`;
    element.role = "option";
    element.ariaSelected = "false";
    const name = Object.assign(document.createElement("bdi"), { textContent: label });
    element.append(name);
    if (count !== null && count !== undefined) {
      const figure = document.createElement("span");
      figure.textContent = count.toLocaleString(document.documentElement.lang);
      element.append(" ", figure);
    }
    return element;
  }

  #close() {
    this.#forget();
    if (this.#options.length) this.#show([]);
  }

  #activate(number) {
    this.#active = number;
    [...this.#list.children].forEach((element, other) => { element.ariaSelected = String(other === number); });
    const active = this.#list.children[number];
    if (active) {
      this.#input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    } else this.#input.removeAttribute("aria-activedescendant");
  }

  #onKey(event) {
    if (event.isComposing || !isPlain(event)) return;
    const { length } = this.#options;
    const steps = length || !this.#hasLines ? { ArrowDown: 1, ArrowUp: -1 } : {};
    if (event.key in steps) {
      event.preventDefault();
      if (!length) this.#askNow();
      else this.#activate((this.#active + 1 + steps[event.key] + length + 1) % (length + 1) - 1); // the field between
    } else if (event.key === "Enter" && this.#active >= 0) {
      event.preventDefault();
      this.#take(this.#active);
    } else if (event.key === "Enter") {
      this.#close();
    } else if (event.key === "Escape" && length) {
      event.preventDefault(); // which would empty a search field
      event.stopPropagation(); // and close the dialog around it
      this.#close();
    }
  }

  #take(number) {
    const { text, start, end } = this.#options[number];
    const input = this.#input;
    const units = place => [...input.value].slice(0, place).join("").length;
    const goesOn = text.endsWith(":"); // a field whose value is to come
    const isLast = units(end) === input.value.length;
    input.setRangeText(goesOn || !isLast ? text : text + this.#after, units(start), units(end), "end");
    this.#close();
    input.focus();
    if (goesOn) this.#askNow();
  }
}
