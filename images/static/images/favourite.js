// Hearts: pressed without leaving the page, by f too: of the image that is looked at, or whose cell has the focus.
// Without it they are the buttons of a form.

import { announce } from "./announcer.js";
import { isPlain } from "./keys.js";
import { tell } from "./request.js";

const form = document.getElementById("favourites");

/** Show all hearts of the image at this address of the API as they are now. */
function showAs(address, isFavourite) {
  for (const heart of document.querySelectorAll(`[data-favourite="${address}"]`)) {
    heart.ariaPressed = isFavourite;
    heart.value = isFavourite ? "unfavourite" : "favourite";
  }
}

async function press(heart) {
  const address = heart.dataset.favourite;
  const isFavourite = heart.ariaPressed !== "true";
  showAs(address, isFavourite); // at once: it is done but for a failure
  const status = await tell(isFavourite ? "PUT" : "DELETE", address, form.elements.csrfmiddlewaretoken.value);
  if (status === 204) return announce(isFavourite ? form.dataset.made : form.dataset.taken);
  showAs(address, !isFavourite);
  if (status) form.requestSubmit(heart); // to the page that says why
  else announce(form.dataset.failed);
}

function heartOf(target) {
  const place = document.querySelector("dialog[open]") ?? target.closest(".cell") ?? document.querySelector(".tools");
  return place?.querySelector(".favourite");
}

document.addEventListener("click", event => {
  const heart = event.target.closest(".favourite");
  if (!heart || !form) return;
  event.preventDefault();
  press(heart);
});
document.addEventListener("keydown", event => {
  if (event.key !== "f" || !isPlain(event) || event.target.matches("input, textarea, select")) return;
  heartOf(event.target)?.click();
});
