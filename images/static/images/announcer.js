// What screen readers say: each page that has something to say has one hidden live region for it.

/** Have `sentence` said; an empty one ends what was said. */
export function announce(sentence) {
  document.querySelector(".announcer").textContent = sentence; // looked up anew: edit.js replaces parts of its page
}
