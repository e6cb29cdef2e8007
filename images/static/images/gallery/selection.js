// Choosing many images: shift for ranges, all of a day, a click anywhere on a cell once one is chosen, Escape for
// none.
// The checkboxes, the bar and its buttons work without it.

import { loadMore } from "./infinite-scroll.js";
import { isPlainOrShifted } from "../keys.js";
import { suggestValues } from "../suggestions.js";

const cells = document.querySelector(".cells");
const form = document.getElementById("selection");
let anchor = null;

const boxes = () => [...cells.querySelectorAll(".pick input")];
const chosen = () => boxes().filter(box => box.checked);

function count() {
  const status = form.querySelector(".selected");
  status.textContent = status.dataset.count.replace("{count}", chosen().length);
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
  const goesOn = () => day === cells.lastElementChild && document.querySelector(".more [rel=next]");
  try {
    while (goesOn() && boxesOfDay().length < most) await loadMore();
  } catch {
    // those that are there
  }
  for (const box of boxesOfDay().slice(0, most)) box.checked = true;
  count();
  form.querySelector(".selected").focus({ preventScroll: true }); // it is seen where it is
}

function onClick(event) {
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

const { tags, album } = form.elements;
suggestValues(tags, "tag", tags.dataset, ",");
if (album) suggestValues(album, "album", album.dataset);
cells.addEventListener("click", onClick);
form.addEventListener("keydown", event => {
  if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches("input")) return;
  event.preventDefault();
  event.target.closest("details").querySelector("button").click();
});
form.addEventListener("reset", () => setTimeout(count)); // the boxes are emptied after the event
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]") && chosen().length) form.reset();
});
count();
addEventListener("pageshow", count); // browsers bring boxes back as they were left
