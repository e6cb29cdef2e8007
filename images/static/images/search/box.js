// The search box: suggestions while one types, and the sheet of filters in a dialog. Without it the box is a
// field, and the sheet a page.

import { Combobox } from "../combobox.js";
import { isPlain } from "../keys.js";
import { fetchPage, read } from "../request.js";

const input = document.querySelector(".search input");
const { suggestions, label, count } = input.dataset;
const words = { label, count };

async function suggest(search, at, signal) {
  const { status, body } = await read(`${suggestions}?${new URLSearchParams({ search, at })}`, signal);
  return status === 200 ? body.suggestions : [];
}

new Combobox(input, { words, ask: suggest });

/** Let a field of the sheet suggest the values of `name` in the language, without the quotes around them. */
function suggestValues(field, name) {
  const ask = async (text, at, signal) => {
    const found = await suggest(`${name}:${text}`, name.length + 1 + [...text].length, signal);
    return found.map(one => ({ ...one, text: one.label, start: 0, end: [...text].length }));
  };
  const box = Object.assign(document.createElement("div"), { className: "combobox" });
  field.before(box);
  box.append(field);
  new Combobox(field, { words, ask, after: "" });
}

const open = document.querySelector(".sheet-open");
const dialog = document.getElementById("filters-dialog");

if (dialog) {
  dialog.querySelector("[value=close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); }); // beside it
  open.addEventListener("click", async event => {
    if (!isPlain(event)) return;
    event.preventDefault();
    if (!dialog.querySelector(".sheet")) {
      const { status, body } = await fetchPage(open.href);
      const sheet = status === 200 && body.querySelector(".sheet");
      if (!sheet) return location.assign(open.href);
      dialog.append(sheet);
      for (const name of ["tag", "camera"]) suggestValues(sheet.querySelector(`[name=${name}]`), name);
      sheet.querySelector("form").addEventListener("change", ({ target }) => {
        if (target.type === "date") target.form.requestSubmit(); // words are sent by Enter or the button
      });
    }
    dialog.showModal();
  });
}
