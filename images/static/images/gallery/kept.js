// Which images are chosen goes along to the page that an action leads back to: there is often more to do to them.

const NAME = "chosen";
const here = () => location.pathname + location.search;

/** Keep the `ids` of what is chosen among so many images for the next page of this tab that has this address. */
export function keep(ids, among) {
  sessionStorage.setItem(NAME, JSON.stringify({ address: here(), ids, among }));
}

/** Return what was kept for this page, { ids, among }, once; null where nothing was. */
export function takeKept() {
  const kept = JSON.parse(sessionStorage.getItem(NAME));
  sessionStorage.removeItem(NAME);
  return kept?.address === here() ? kept : null;
}
