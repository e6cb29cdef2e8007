// Choosing many images: shift for ranges, all of a day, all that match, a click anywhere on a cell once one is chosen,
// over whatever is drawn from a checkbox, Enter to what can be done with them, Escape for none. They stay chosen after it.
// The checkboxes, the bar and its buttons work without it.

import { loadMore } from "./infinite-scroll.js";
import { keep, takeKept } from "./kept.js";
import { isPlain, isPlainOrShifted } from "../keys.js";
import { suggestValues } from "../suggestions.js";

const cells = document.querySelector(".cells");
const form = document.getElementById("selection");
const { tags, album, every } = form.elements;
let anchor = null;
let drawn = false; // whether boxes are being chosen by drawing over cells

const boxes = () => [...cells.querySelectorAll(".pick input")];
const chosen = () => boxes().filter(box => box.checked);
const isMore = () => document.querySelector(".more [rel=next]") !== null;

/** Say how many are chosen, and let the heart take back where all of them are favourites. */
function count() {
  const status = form.querySelector(".selected");
  const some = chosen();
  const number = every?.checked ? Number(every.value) : some.length;
  status.textContent = status.dataset.count.replace("{count}", number.toLocaleString(document.documentElement.lang));
  const heart = form.querySelector(".heart");
  const isFavourite = box => box.closest(".cell").querySelector(".favourite").ariaPressed === "true";
  const isPressed = !every?.checked && some.length > 0 && some.every(isFavourite);
  heart.ariaPressed = isPressed;
  heart.value = isPressed ? "unfavourite" : "favourite";
}

/** Give every box from the anchor to `box` the state of `box`. */
function extend(box) {
  const all = boxes();
  const ends = [all.indexOf(anchor), all.indexOf(box)];
  for (const between of all.slice(Math.min(...ends), Math.max(...ends) + 1)) between.checked = box.checked;
}

/** Choose the images of a day, those that have not arrived too, and lead to what can be done with them. */
async function chooseDay(day) {
  const boxesOfDay = () => [...day.querySelectorAll(".pick input")];
  const most = Number(form.dataset.most);
  const goesOn = () => day === cells.lastElementChild && isMore();
  try {
    while (goesOn() && boxesOfDay().length < most) await loadMore();
  } catch {
    // those that are there
  }
  for (const box of boxesOfDay().slice(0, most)) box.checked = true;
  count();
  lead();
}

/** Lead to what can be done with what is chosen. */
function lead() {
  form.querySelector(".selected").focus({ preventScroll: true }); // it is seen where it is
}

/** Let what is chosen be so on the next page too; not all that match, which by then may be others. */
function keepChosen() {
  if (!every?.checked) keep(chosen().map(box => box.value), boxes().length);
}

/** Choose what was chosen when an action was sent from here, as far as it is still there. */
async function chooseKept() {
  const kept = takeKept();
  if (!kept) return;
  const there = () => boxes().filter(box => kept.ids.includes(box.value)).length;
  const goesOn = () => there() < kept.ids.length && boxes().length < kept.among && isMore();
  try {
    while (goesOn()) await loadMore();
  } catch {
    // those that are there
  }
  if (!there()) return;
  for (const box of boxes()) box.checked = kept.ids.includes(box.value);
  count();
  if (document.activeElement === document.body) lead();
}

/** Unfold what is to be said, and lead to its first field: at once, or a phone would not open its keyboard. */
function unfold(event) {
  const fold = event.target.closest("summary")?.parentElement;
  if (!fold || fold.open) return;
  event.preventDefault();
  fold.open = true;
  fold.querySelector("input, button").focus();
}

/** Choose from the box at which drawing began to the cell that the pointer is over. */
function draw(event) {
  const box = document.elementFromPoint(event.clientX, event.clientY)?.closest(".cell")?.querySelector(".pick input");
  if (!box || (!drawn && box === anchor)) return;
  if (!drawn) anchor.checked = !anchor.checked; // as a click would have done
  drawn = true;
  box.checked = anchor.checked;
  extend(box);
  count();
}

function beginDrawing(event) {
  drawn = false;
  const box = event.target.closest(".pick")?.querySelector("input");
  if (!box || event.button || event.shiftKey) return;
  anchor = box;
  const stop = new AbortController();
  addEventListener("pointermove", draw, stop);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => stop.abort(), stop);
}

function onClick(event) {
  if (drawn) { // it ends with a click, which is none
    drawn = false;
    event.preventDefault();
    return;
  }
  if (event.target.matches(".select-day")) return chooseDay(event.target.closest(".day"));
  const box = event.target.closest(".cell")?.querySelector(".pick input");
  const link = event.target.closest(".cell a");
  if (!box) return;
  if (link) {
    if (chosen().length === 0 || !isPlainOrShifted(event)) return;
    event.preventDefault(); // and viewer.js leaves it alone
    box.checked = !box.checked;
  } else if (event.target !== box) {
    return;
  }
  if (event.shiftKey && anchor?.isConnected) extend(box);
  anchor = box;
  count();
}

suggestValues(tags, "tag", tags.dataset, ",");
if (album) suggestValues(album, "album", album.dataset);
cells.addEventListener("pointerdown", beginDrawing);
cells.addEventListener("dragstart", event => event.target.closest(".pick") && event.preventDefault());
cells.addEventListener("click", onClick);
cells.addEventListener("keydown", event => {
  if (event.key !== "Enter" || !event.target.matches(".pick input")) return;
  event.preventDefault(); // or it would press the form's first button
  if (chosen().length) lead();
});
every?.addEventListener("change", count);
form.addEventListener("click", unfold);
form.addEventListener("submit", ({ submitter }) => {
  const isGone = ["trash", "unfile"].includes(submitter?.value);
  const isSaved = submitter?.value === "download"; // and the page stays
  if (!isGone && !isSaved) keepChosen();
});
document.getElementById("undo")?.addEventListener("submit", keepChosen);
form.addEventListener("keydown", event => {
  if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches("input")) return;
  event.preventDefault();
  event.target.closest("details")?.querySelector("button").click();
});
form.addEventListener("reset", () => setTimeout(count)); // the boxes are emptied after the event
document.addEventListener("keydown", event => {
  const isElsewhere = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (document.querySelector("dialog[open]") || !chosen().length) return;
  if (event.key === "Escape") {
    if (!isElsewhere) form.reset();
    else event.target.closest("#selection details")?.querySelector("summary").focus(); // the next one is for all
  }
  if (event.key === "Delete" && isPlain(event) && !isElsewhere) form.querySelector("[value=trash]").click();
});
new MutationObserver(count).observe(cells, { childList: true }); // after an upload more may come among them
count();
chooseKept();
addEventListener("pageshow", count); // browsers bring boxes back as they were left
