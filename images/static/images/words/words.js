// Ctrl+Enter saves and goes on, from wherever the focus is. What was typed is not left behind unasked.

import { isCommand } from "../keys.js";

const form = document.querySelector(".wording form");
let isSent = false;

const isUnsaved = () => [...form.querySelectorAll("textarea, input:not([type=hidden])")].some(
  field => field.value !== field.defaultValue,
);

form.addEventListener("submit", () => { isSent = true; });
document.addEventListener("keydown", event => {
  if (event.key !== "Enter" || !isCommand(event)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button"));
});
addEventListener("pageshow", () => { isSent = false; });
addEventListener("beforeunload", event => {
  if (!isSent && isUnsaved()) event.preventDefault();
});
