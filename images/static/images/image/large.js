// A click on the picture fills the window with it, in place: of what is not zoomed all there is to see.

import { isPlain } from "../keys.js";

const link = document.querySelector(".stage > a");
link.after(document.getElementById("large").content);
const dialog = document.querySelector(".large");

link.addEventListener("click", event => {
  if (!isPlain(event)) return;
  event.preventDefault();
  const picture = link.querySelector("picture").cloneNode(true);
  const { width } = picture.querySelector("img").attributes;
  for (const part of picture.querySelectorAll("[sizes]")) part.sizes = `min(100vw, ${width.value}px)`; // never enlarged
  dialog.querySelector(".viewer-stage").replaceChildren(picture);
  dialog.showModal();
});
dialog.querySelector(".viewer-close").addEventListener("click", () => dialog.close());
dialog.querySelector(".viewer-stage").addEventListener("click", () => dialog.close());
