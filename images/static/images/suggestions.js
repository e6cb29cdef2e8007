// What fields suggest: parts of a search, or names that the library has, of tags and cameras.

import { Combobox } from "./combobox.js";
import { read } from "./request.js";

/** Let `input` suggest what comes next in a search. It says where to ask and the words (data-suggestions, …). */
export function suggestSearches(input) {
  const { suggestions, label, count } = input.dataset;
  return new Combobox(input, { words: { label, count }, ask: (...said) => ask(suggestions, ...said) });
}

/** Let `input` suggest the values that a field of searches has; where they are many, with what stands `between`. */
export function suggestValues(input, name, { suggestions, label, count }, between = "") {
  const box = Object.assign(document.createElement("div"), { className: "combobox" });
  input.replaceWith(box);
  box.append(input);
  const askFor = async (text, at, signal) => {
    const [before, after] = [[...text].slice(0, at), [...text].slice(at)];
    const [start, next] = between ? [before.lastIndexOf(between) + 1, after.indexOf(between)] : [0, -1];
    const blanks = before.slice(start).findIndex(character => character !== " ");
    if (blanks < 0) return []; // nothing is typed yet
    const search = `${name}:"${before.slice(start + blanks).join("")}`;
    const found = await ask(suggestions, search, [...search].length, signal);
    const end = next < 0 ? at + after.length : at + next;
    return found.map(one => ({ ...one, text: one.label, start: start + blanks, end }));
  };
  new Combobox(input, { words: { label, count }, ask: askFor, after: between === "," ? ", " : between });
}

async function ask(url, search, at, signal) {
  const address = new URL(url, location);
  for (const [name, value] of Object.entries({ search, at })) address.searchParams.set(name, value);
  const { status, body } = await read(address, signal);
  return status === 200 ? body.suggestions : [];
}
