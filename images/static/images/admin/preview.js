// The admin's upload form: what was chosen is shown before it is sent.

import { showFile } from "../picture.js";

const input = document.querySelector("form.upload [name=files]");
const list = document.querySelector(".previews");

function show(file) {
  const item = document.createElement("li");
  const picture = Object.assign(new Image(), { alt: "" });
  item.append(picture, file.name);
  showFile(picture, file);
  return item;
}

input.addEventListener("change", () => {
  list.replaceChildren(...[...input.files].map(show));
  list.hidden = !input.files.length;
});
