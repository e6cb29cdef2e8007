// The viewer over the gallery. Its address is the page of the image it shows: reload, share and Back work.

import { loadMore } from "../gallery/infinite-scroll.js";
import { isPlain, isPlainOrShifted, RIGHT, wayOf } from "../keys.js";
import { Actions } from "./actions.js";
import { Closeup } from "./closeup.js";
import { Info } from "./info.js";
import { Slideshow } from "./slideshow.js";
import { pictureOf, showOn } from "./stage.js";
import { onSwipe } from "./swipe.js";

const AHEAD = 5; // images before the end of the gallery at which more are fetched

const cells = document.querySelector(".cells");
const dialog = document.getElementById("viewer").content.querySelector("dialog");
const part = selector => dialog.querySelector(selector);
const links = () => [...cells.querySelectorAll(".cell > a")];
const galleryTitle = document.title;
const language = document.documentElement.lang;
const info = new Info(dialog);
let current = null;
const actions = new Actions(dialog, {
  get current() { return current; },
  next: async () => beside(1) ?? await loadMore().catch(() => null) ?? beside(-1),
  go,
  describe,
  info,
});

const help = part(".viewer-help");
const slideshow = new Slideshow(dialog, () => step(1), () => part(".viewer-stage").hasAttribute("data-loading"));
const closeup = new Closeup(dialog, () => slideshow.stop());

/** Say which of the images it is, of as many as the page counts, or as are there. */
function count(here, all) {
  const { words, count: counted } = part(".viewer-counter").dataset;
  const figures = { number: here + 1, count: Math.max(Number(counted ?? 0), all.length) };
  part(".viewer-counter").textContent = words.replace(/{(\w+)}/g, (_, name) => figures[name].toLocaleString(language));
}

/** Let the viewer's heart be that of the cell, where there are any. */
function showHeart(own) {
  for (const name of own?.getAttributeNames() ?? []) {
    if (name !== "class") part(".favourite").setAttribute(name, own.getAttribute(name));
  }
}

/** Return the link beside the current one, if it has arrived. */
const beside = by => (current.isConnected ? links()[links().indexOf(current) + by] : undefined);

/** Say what the current image is called, and who sees it. */
function describe() {
  part("figcaption strong").textContent = document.title = current.dataset.title;
  const badge = current.querySelector(".badge");
  part(".viewer-main .badge").hidden = !badge;
  part(".viewer-main .badge").textContent = badge?.textContent;
  part(".viewer-stage img").alt = current.querySelector("img").alt;
}

function show(link) {
  current = link;
  const all = links();
  const here = all.indexOf(link);
  part(".viewer-failure").hidden = true;
  showOn(part(".viewer-stage"), link, came => { part(".viewer-failure").hidden = came; });
  describe();
  closeup.show(link);
  count(here, all);
  part(".viewer-page").href = link.href;
  info.show(link);
  actions.show(link);
  showHeart(link.parentElement.querySelector(".favourite"));
  // Not `disabled`: that would drop the focus, and the arrow keys with it.
  part(".viewer-previous").ariaDisabled = here === 0;
  part(".viewer-next").ariaDisabled = here === all.length - 1 && !document.querySelector(".more [rel=next]");
  for (const other of [beside(1), beside(-1)]) if (other) pictureOf(other); // before it is asked for
  slideshow.restart();
  if (here + AHEAD > all.length) loadMore().catch(() => {});
}

function go(link) {
  if (!dialog.open) return;
  history.replaceState({ viewer: link.href }, "", link.href); // Back closes, however far one went
  show(link);
}

/** Lead on or back. Resolves to whether there was an image. */
async function step(by) {
  if (!actions.mayLeave()) return false;
  let target = beside(by);
  if (!target && by > 0) target = await loadMore().catch(() => null);
  if (target) go(target);
  return Boolean(target);
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
  slideshow.stop();
  closeup.leave();
  document.title = galleryTitle;
  current.focus({ preventScroll: true });
  current.scrollIntoView({ block: "nearest" });
  if (history.state?.viewer) history.back();
}

const KEYS = {
  i: () => info.toggle(),
  t: () => info.lead(".viewer-tagging input"),
  a: () => info.lead(".filing [name=album]"),
  d: () => actions.download(),
  u: () => actions.undo(),
  Delete: () => actions.trash(),
  z: () => closeup.toggle(),
  "?": () => help.showModal(),
};

function onKey(event) {
  if (!dialog.open || help.open || event.defaultPrevented) return;
  if (event.key === "Escape" && closeup.isOn) {
    event.preventDefault(); // it would close the viewer; the event "cancel" tells it too late to prevent it each time
    return closeup.leave();
  }
  const isField = event.target.matches("input, textarea, select");
  if (event.key === "Escape" && isField) {
    event.preventDefault(); // as above: what is typed stays, and the next one closes the viewer
    return info.leave();
  }
  if (isField || closeup.press(event)) return;
  const { key } = event;
  const way = wayOf(event);
  if (way) step(way);
  else if (key === "s" && isPlain(event)) slideshow.toggle();
  else if (KEYS[key] && (key === "?" ? isPlainOrShifted(event) : isPlain(event))) {
    event.preventDefault(); // or the key would be typed where it leads to
    slideshow.stop();
    KEYS[key]();
  }
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
document.addEventListener("keydown", onKey); // wherever the focus is left by what vanished
dialog.addEventListener("cancel", event => {
  if (event.target === dialog && !actions.mayLeave()) event.preventDefault();
});
part(".viewer-close").addEventListener("click", () => actions.mayLeave() && dialog.close());
part(".viewer-help-open").addEventListener("click", KEYS["?"]);
part(".viewer-more").addEventListener("click", event => event.currentTarget.hidePopover()); // where it is one
part(".viewer-help button").addEventListener("click", () => help.close());
part(".viewer-previous").addEventListener("click", () => step(-1));
part(".viewer-next").addEventListener("click", () => step(1));
part(".viewer-failure button").addEventListener("click", () => {
  show(current);
  part(".viewer-close").focus(); // the button is gone
});
onSwipe(part(".viewer-stage"), side => closeup.isOn || step(-side * RIGHT)); // zoomed, a finger drags
