// Buttons that copy the text of a field.

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
  document.getElementById("copied").textContent = button.textContent = copied;
  setTimeout(() => {
    document.getElementById("copied").textContent = "";
    button.textContent = label;
  }, 2000);
});
