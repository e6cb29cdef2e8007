// Moments in the zone of who reads them, which the browser alone knows. A photograph's own time is none of them.

const DAY = { year: "numeric", month: "short", day: "numeric" };
const TIME = { hour: "numeric", minute: "2-digit", timeZoneName: "short" };
const format = new Intl.DateTimeFormat(document.documentElement.lang, { ...DAY, ...TIME });

/** Say the moments in `part` of a page as they are here. */
export function sayMoments(part) {
  for (const time of part.querySelectorAll("time.moment")) time.textContent = format.format(new Date(time.dateTime));
}

sayMoments(document);
