// Buttons that copy the text of a field.

import { announce } from "./announcer.js";

const SHOWN = 2000; // ms
let silence = null; // the end of what was announced

async function copy(field) {
  if (navigator.clipboard) return navigator.clipboard.writeText(field.value);
  field.select(); // without TLS, as on many a home network, browsers offer only this
  if (!document.execCommand("copy")) throw new Error("The browser does not copy.");
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  const { copied } = button.closest("[data-copied]").dataset;
  try {
    await copy(field);
  } catch {
    field.select(); // ready for the person's own keys
    return;
  }
  const label = button.textContent;
  if (label === copied) return;
  button.textContent = copied;
  announce(copied);
  setTimeout(() => { button.textContent = label; }, SHOWN);
  clearTimeout(silence); // of another button: it would cut this one short
  silence = setTimeout(announce, SHOWN, "");
});
