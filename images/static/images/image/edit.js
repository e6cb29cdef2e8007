// Saves what is said of an image without leaving its page. Whatever fails, the words stay in the form.

import { fetchPage } from "../request.js";
import { suggestValues } from "../suggestions.js";
import { sayMoments } from "../times.js";

function suggestTags() {
  const form = document.querySelector(".edit form");
  if (form) suggestValues(form.elements.tag_names, "tag", form.dataset, "\n");
}

function suggestAlbums() {
  const form = document.querySelector(".filing");
  if (form) suggestValues(form.elements.album, "album", form.dataset);
}

function showSaved(page) {
  const words = page.querySelector(".words");
  sayMoments(words);
  document.querySelector(".words").replaceWith(words);
  suggestTags();
  suggestAlbums();
  document.title = page.title;
  const [picture, saved] = [document, page].map(one => one.querySelector(".stage img"));
  picture.alt = saved.alt;
  picture.closest("a").ariaLabel = saved.alt || page.querySelector("h1").textContent; // of decoration the title
  words.querySelector(".edit summary").focus();
  words.querySelector(".saved").textContent = page.querySelector(".messages li")?.textContent;
}

function showErrors(page) {
  const edit = page.querySelector(".edit");
  document.querySelector(".edit").replaceWith(edit);
  suggestTags();
  focusFirst(edit);
}

function focusFirst(edit) {
  (edit.querySelector("[aria-invalid]") ?? edit.querySelector("[name=title]")).focus();
}

async function save(form) {
  const failure = form.querySelector(".failure");
  const button = form.querySelector("button");
  failure.hidden = button.disabled = true;
  const { status, body: page } = await fetchPage(form.action, { method: "POST", body: new FormData(form) });
  button.disabled = false;
  if (!page?.querySelector(".edit")) { // no answer, or another page: to sign in, or an error
    failure.textContent = form.closest(".edit").dataset.failed;
    failure.hidden = false;
  } else if (status === 200) showSaved(page);
  else showErrors(page);
}

function isUnsaved() {
  const fields = document.querySelectorAll(".edit[open] :is(input, textarea)");
  const isChanged = field => (field.type === "checkbox" // whose value says nothing
    ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue);
  return [...fields].some(field => isChanged(field) || field.ariaInvalid === "true");
}

suggestTags();
suggestAlbums();
document.addEventListener("submit", event => {
  if (!event.target.matches(".edit form")) return;
  event.preventDefault();
  save(event.target);
});

document.addEventListener("toggle", ({ target }) => {
  if (!target.matches(".edit")) return;
  if (target.open) focusFirst(target);
  else target.querySelector("form").reset();
}, { capture: true }); // toggle does not bubble

addEventListener("beforeunload", event => {
  if (isUnsaved()) event.preventDefault();
});
