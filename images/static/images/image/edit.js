// Saves what is said of an image without leaving its page. Whatever fails, the words stay in the form.

const parse = text => new DOMParser().parseFromString(text, "text/html");

/** Send the form; return the page that answers, and whether it was saved. Throws when no such page does. */
async function send(form) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
  const page = parse(await response.text());
  if (!page.querySelector(".edit")) throw new Error(`Saving answered ${response.status}.`);
  return { page, isSaved: response.ok };
}

function showSaved(page) {
  const words = page.querySelector(".words");
  document.querySelector(".words").replaceWith(words);
  document.title = page.title;
  document.querySelector(".stage img").alt = page.querySelector(".stage img").alt;
  words.querySelector(".edit summary").focus();
  words.querySelector(".saved").textContent = page.querySelector(".messages li")?.textContent;
}

function showErrors(page) {
  const edit = page.querySelector(".edit");
  document.querySelector(".edit").replaceWith(edit);
  edit.querySelector("[aria-invalid]")?.focus();
}

async function save(form) {
  const failure = form.querySelector(".failure");
  const button = form.querySelector("button");
  failure.hidden = button.disabled = true;
  try {
    const { page, isSaved } = await send(form);
    (isSaved ? showSaved : showErrors)(page);
  } catch {
    failure.textContent = form.closest(".edit").dataset.failed;
    failure.hidden = false;
  } finally {
    button.disabled = false;
  }
}

function isUnsaved() {
  const fields = document.querySelectorAll(".edit[open] :is(input, textarea)");
  return [...fields].some(field => field.value !== field.defaultValue || field.ariaInvalid === "true");
}

document.addEventListener("submit", event => {
  if (!event.target.matches(".edit form")) return;
  event.preventDefault();
  save(event.target);
});

document.addEventListener("toggle", ({ target }) => {
  if (!target.matches(".edit")) return;
  if (target.open) target.querySelector("[name=title]").focus();
  else target.querySelector("form").reset();
}, { capture: true }); // toggle does not bubble

addEventListener("beforeunload", event => {
  if (isUnsaved()) event.preventDefault();
});
