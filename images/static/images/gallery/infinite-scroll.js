// Infinite scroll of the gallery: the next page is fetched and appended before this one ends.
// Without it, or when it fails, the link "Load more" leads there.

import { announce } from "../announcer.js";
import { isPlain } from "../keys.js";
import { fetchPage } from "../request.js";

const grid = document.querySelector(".grid");
const more = document.querySelector(".more");
let arriving = null;

/**
 * Append the next page, once however often asked. Resolves to its first link, or null at the end;
 * rejects when the page does not come.
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
  const cells = [...page.querySelectorAll(".cell")];
  const next = page.querySelector(".more [rel=next]");
  grid.append(...cells);
  link.replaceWith(...(next ? [next] : []));
  announce(next ? more.dataset.announce : more.dataset.end);
  return cells[0]?.querySelector("a") ?? null;
}

const observer = new IntersectionObserver(async ([entry]) => {
  if (!entry.isIntersecting) return;
  try {
    if (!await loadMore()) return;
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
