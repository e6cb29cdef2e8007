// The page of the library's face: a colour that is typed is shown as pages draw it, before it is saved.

const field = document.querySelector("[name=accent]");
const preview = document.querySelector(".accents");
const sheet =
  preview.querySelector("link") ?? Object.assign(document.createElement("link"), { rel: "stylesheet" });

field.addEventListener("input", () => {
  const [, digits] = field.value.trim().match(/^#([0-9a-f]{6})$/i) ?? [];
  preview.hidden = !digits;
  if (digits) {
    sheet.href = preview.dataset.address.replace("000000", digits.toLowerCase());
    preview.append(sheet);
  }
});
