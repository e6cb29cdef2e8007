// An album put in order by dragging pictures, with the mouse or a finger. The buttons beside them do it without this.

import { announce } from "../announcer.js";
import { change, fetchPage } from "../request.js";
import { isPlain } from "../keys.js";

const EDGE = 72; // px at the ends of the window, where it scrolls along
const STEP = 12; // px, in each frame

const list = document.querySelector(".arranged");
const { api, moved } = list.dataset;
const nameOf = row => row.querySelector("strong").textContent;
const idOf = row => row.id.replace("image-", "");
let held = null; // the row, where it was taken, and where the pointer is
let sent = Promise.resolve(); // one request after the other: each is about the order that the last one made

/** Return the row before which the held one would go, null for the end. */
function target() {
  const others = [...list.children].filter(row => row !== held.row);
  return others.find(row => {
    const { top, height } = row.getBoundingClientRect();
    return held.y < top + height / 2;
  }) ?? null;
}

function show() {
  if (!held) return;
  if (held.y < EDGE) scrollBy(0, -STEP);
  if (held.y > innerHeight - EDGE) scrollBy(0, STEP);
  held.row.style.setProperty("--by", `${held.y + scrollY - held.from}px`);
  const before = target();
  for (const row of list.children) row.classList.toggle("gap", row === before && row !== held.row.nextElementSibling);
  list.classList.toggle("gap", !before && held.row.nextElementSibling !== null);
  requestAnimationFrame(show);
}

function letGo() {
  held.row.classList.remove("held");
  held.row.style.removeProperty("--by");
  for (const row of [list, ...list.children]) row.classList.remove("gap");
  held = null;
}

function drop() {
  const { row } = held;
  const before = target();
  const last = list.lastElementChild;
  letGo();
  if (before === row.nextElementSibling) return;
  list.insertBefore(row, before);
  put(row, before ?? last);
  if (!before) put(last, row); // there is none behind the last, so that goes before this one
  announce(moved.replace("{place}", [...list.children].indexOf(row) + 1).replace("{name}", nameOf(row)));
}

/** Have the library move an image before another. Where it does not, the order is another by now: look again. */
function put(row, before) {
  const fields = { images: [idOf(row)], before: idOf(before) };
  const token = row.querySelector("[name=csrfmiddlewaretoken]").value;
  sent = sent.then(() => change(api, token, fields, "POST")).then(({ status }) => {
    if (status !== 200) location.reload();
  });
}

list.addEventListener("dragstart", event => event.preventDefault()); // the browser's own, of pictures
list.addEventListener("pointerdown", event => {
  const picture = event.target.closest(".thumbnail");
  if (!picture || held || event.button || !event.isPrimary) return;
  event.preventDefault();
  list.setPointerCapture(event.pointerId);
  held = { row: picture.closest("li"), from: event.clientY + scrollY, y: event.clientY };
  held.row.classList.add("held");
  requestAnimationFrame(show);
});
list.addEventListener("pointermove", event => { if (held) held.y = event.clientY; });
list.addEventListener("pointerup", () => { if (held) drop(); });
list.addEventListener("pointercancel", () => { if (held) letGo(); });
addEventListener("keydown", event => { if (held && event.key === "Escape") letGo(); });

// More rows come beneath these, so that one can drag among all of them.
document.querySelector(".more")?.addEventListener("click", async event => {
  const link = event.target.closest("[rel=next]");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  const { status, body: page } = await fetchPage(link.href);
  const rows = page?.querySelectorAll(".arranged > li") ?? [];
  if (status !== 200 || !rows.length) return void location.assign(link.href);
  const [first] = rows;
  const next = page.querySelector(".more [rel=next]");
  list.append(...rows);
  link.replaceWith(...(next ? [next] : []));
  first.querySelector("button").focus();
});
