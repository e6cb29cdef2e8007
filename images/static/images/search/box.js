// The search box: suggestions while one types, and the sheet of filters in a dialog. Without it the box is a
// field, and the sheet a page.

import { isPlain } from "../keys.js";
import { fetchPage } from "../request.js";
import { suggestSearches, suggestValues } from "../suggestions.js";

const input = document.querySelector(".search input");
const open = document.querySelector(".sheet-open");
const dialog = document.getElementById("filters-dialog");

suggestSearches(input);

// A blank, so that typing on begins a new word; it stays out of addresses.
if (input.value && input.ariaInvalid !== "true" && input.value.length < input.maxLength) {
  input.value = `${input.value.trimEnd()} `;
}
input.form.addEventListener("formdata", ({ formData }) => formData.set("search", input.value.trimEnd()));

function prepare(sheet) {
  for (const name of ["tag", "camera"]) suggestValues(sheet.querySelector(`[name=${name}]`), name, input.dataset);
  sheet.querySelector("form").addEventListener("change", ({ target }) => {
    if (target.type === "date") target.form.requestSubmit(); // words are sent by Enter or the button
  });
}

async function show(event) {
  if (!isPlain(event)) return;
  event.preventDefault();
  if (!dialog.querySelector(".sheet")) {
    const { status, body } = await fetchPage(open.href);
    const sheet = status === 200 && body.querySelector(".sheet");
    if (!sheet) return location.assign(open.href);
    dialog.append(sheet);
    prepare(sheet);
  }
  dialog.showModal();
}

if (dialog) {
  open.addEventListener("click", show);
  dialog.querySelector("[value=close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); }); // beside it
} else prepare(document.querySelector(".sheet"));
