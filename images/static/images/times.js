// Moments in the zone of who reads them, which the browser alone knows; what a camera's clock said stays as it is.

const DAY = { year: "numeric", month: "short", day: "numeric" };
const TIME = { hour: "numeric", minute: "2-digit" };
const { lang } = document.documentElement;
const here = new Intl.DateTimeFormat(lang, { ...DAY, ...TIME, timeZoneName: "short" });
const anywhere = new Intl.DateTimeFormat(lang, { ...DAY, ...TIME, timeZone: "UTC" });
const MINUTES = "0000-00-00T00:00".length;

/** Say the moments in `part` of a page as they are here, and those of clocks in the same form. */
export function sayMoments(part) {
  for (const time of part.querySelectorAll("time.moment")) time.textContent = here.format(new Date(time.dateTime));
  for (const time of part.querySelectorAll("time.clock")) {
    time.textContent = anywhere.format(new Date(`${time.dateTime.slice(0, MINUTES)}Z`));
  }
}

sayMoments(document);
