// Deep zoom over the page of an image, opened by its button or by a click on the picture.

import { isPlain } from "../keys.js";
import { Zoom } from "../zoom/zoom.js";

const link = document.querySelector(".stage > a");
link.after(document.getElementById("zoom").content);
const dialog = document.querySelector(".zoom");
const canvas = dialog.querySelector("canvas");
const { service, width, height } = dialog.dataset;
const pictures = () => [...document.querySelectorAll(".stage > a img")]; // of the page: there at once, and whole
const zoom = new Zoom(dialog, canvas, () => dialog.open);
zoom.look(
  { service, width: Number(width), height: Number(height) },
  () => pictures().find(one => one.complete && one.naturalWidth),
);

// On the window and first, for a click may leave the focus on the body, and the page has arrow keys of its own.
addEventListener("keydown", event => {
  if (dialog.open && zoom.press(event)) event.stopPropagation();
}, { capture: true });
dialog.querySelector(".viewer-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => zoom.leave());

function open() {
  canvas.ariaLabel = pictures()[0].alt || document.querySelector("h1").textContent; // as decoration it has none
  dialog.showModal();
}

document.querySelector(".zoom-open").addEventListener("click", open);
link.addEventListener("click", event => {
  if (!isPlain(event)) return;
  event.preventDefault();
  open();
});
document.querySelector(".stage").addEventListener("load", () => zoom.redraw(), { capture: true }); // it does not bubble
