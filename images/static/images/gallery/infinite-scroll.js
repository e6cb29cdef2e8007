// Infinite scroll of the gallery: the next page is fetched and appended before this one ends.
// Without it, or when it fails, the link "Load more" leads there.

import { announce } from "../announcer.js";
import { isPlain } from "../keys.js";
import { fetchPage } from "../request.js";

const cells = document.querySelector(".cells");
const more = document.querySelector(".more");
let arriving = null;

/**
 * Append the next page, once however often asked. Resolves to its first link, or null where nothing came: at
 * the end, or of a page that looked at many images and found none. Rejects when the page does not come.
 */
export function loadMore() {
  const link = more.querySelector("[rel=next]");
  if (!link) return Promise.resolve(null);
  arriving ??= append(link).finally(() => { arriving = null; });
  return arriving;
}

async function append(link) {
  const { status, body: page } = await fetchPage(link.href);
  if (status !== 200) throw new Error(`The next page answered ${status}.`);
  const first = page.querySelector(".cell a");
  const next = page.querySelector(".more [rel=next]");
  appendDays([...page.querySelector(".cells")?.children ?? []]);
  link.replaceWith(...(next ? [next] : []));
  announce(next ? more.dataset.announce : more.dataset.end);
  return first;
}

/** Append grids, or days with theirs; what belongs to the last one there goes into that. */
function appendDays(arrived) {
  const last = cells.lastElementChild;
  const [first] = arrived;
  if (last && first && last.dataset.day === first.dataset.day) {
    const gridOf = part => (part.matches(".grid") ? part : part.querySelector(".grid"));
    gridOf(last).append(...gridOf(first).children);
    arrived.shift();
  }
  cells.append(...arrived);
}

const observer = new IntersectionObserver(async ([entry]) => {
  if (!entry.isIntersecting) return;
  try {
    await loadMore();
    if (!more.querySelector("[rel=next]")) return;
    observer.unobserve(more); // asked anew, the observer tells whether the end is still near
    observer.observe(more);
  } catch {
    observer.disconnect();
  }
}, { rootMargin: "1000px" });

observer.observe(more);
more.addEventListener("click", event => {
  const link = event.target.closest("[rel=next]");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  loadMore().then(first => first?.focus(), () => location.assign(link.href));
});
