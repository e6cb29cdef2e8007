// The viewer over the gallery. Its address is the page of the image it shows: reload, share and Back work.

import { loadMore } from "../gallery/infinite-scroll.js";
import { isPlain, RIGHT, wayOf } from "../keys.js";
import { onSwipe } from "./swipe.js";

const AHEAD = 5; // images before the end of the gallery at which more are fetched

const cells = document.querySelector(".cells");
const dialog = document.getElementById("viewer").content.querySelector("dialog");
const part = selector => dialog.querySelector(selector);
const links = () => [...cells.querySelectorAll(".cell > a")];
const galleryTitle = document.title;
let current = null;

/** Return the image that `link` leads to, in the size that fits the screen; of an animation there is one size. */
function pictureOf(link) {
  const { src, srcset, sizes } = link.dataset;
  const picture = document.createElement("picture");
  const source = Object.assign(document.createElement("source"), { type: "image/webp" });
  const image = Object.assign(new Image(), { alt: link.querySelector("img").alt });
  picture.append(source, image);
  if (src) image.src = src;
  else for (const [element, format] of [[source, "webp"], [image, "jpg"]]) {
    Object.assign(element, { sizes, srcset: srcset.replaceAll("{format}", format) });
  }
  return picture;
}

/** Let the viewer's heart be that of the cell, where there are any. */
function showHeart(own) {
  for (const name of own?.getAttributeNames() ?? []) {
    if (name !== "class") part(".favourite").setAttribute(name, own.getAttribute(name));
  }
}

function show(link) {
  current = link;
  const all = links();
  const here = all.indexOf(link);
  part(".viewer-failure").hidden = true;
  part(".viewer-stage").replaceChildren(pictureOf(link));
  part("figcaption strong").textContent = document.title = link.dataset.title;
  part(".badge").hidden = !link.querySelector(".badge");
  part(".viewer-page").href = link.href;
  showHeart(link.parentElement.querySelector(".favourite"));
  // Not `disabled`: that would drop the focus, and the arrow keys with it.
  part(".viewer-previous").ariaDisabled = here === 0;
  part(".viewer-next").ariaDisabled = here === all.length - 1 && !document.querySelector(".more [rel=next]");
  if (all[here + 1]) pictureOf(all[here + 1]); // fetched before it is asked for
  if (here + AHEAD > all.length) loadMore().catch(() => {});
}

async function step(by) {
  let target = links()[links().indexOf(current) + by];
  if (!target && by > 0) target = await loadMore().catch(() => null);
  if (!target || !dialog.open) return;
  history.replaceState({ viewer: target.href }, "", target.href); // Back closes, however far one went
  show(target);
}

function open(link) {
  show(link);
  dialog.showModal();
}

/** Follow the history: into the viewer, or out of it. */
function follow() {
  if (!history.state?.viewer) return dialog.close();
  const link = links().find(({ href }) => href === history.state.viewer);
  return link ? open(link) : location.reload(); // not among the images that have arrived: its page
}

function onClose() {
  document.title = galleryTitle;
  current.focus({ preventScroll: true });
  current.scrollIntoView({ block: "nearest" });
  if (history.state?.viewer) history.back();
}

function onKey(event) {
  const way = wayOf(event);
  if (way) step(way);
}

document.querySelector("main").append(dialog);
cells.addEventListener("click", event => {
  const link = event.target.closest(".cell > a");
  if (!link || event.defaultPrevented || !isPlain(event)) return;
  event.preventDefault();
  history.pushState({ viewer: link.href }, "", link.href);
  open(link);
});
addEventListener("popstate", follow);
dialog.addEventListener("close", onClose);
dialog.addEventListener("keydown", onKey);
part(".viewer-close").addEventListener("click", () => dialog.close());
part(".viewer-previous").addEventListener("click", () => step(-1));
part(".viewer-next").addEventListener("click", () => step(1));
for (const event of ["load", "error"]) { // neither bubbles
  part(".viewer-stage").addEventListener(event, () => {
    part(".viewer-failure").hidden = event === "load";
  }, { capture: true });
}
part(".viewer-failure button").addEventListener("click", () => {
  show(current);
  part(".viewer-close").focus(); // the button is gone
});
onSwipe(part(".viewer-stage"), side => step(-side * RIGHT));
