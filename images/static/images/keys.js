// What keys mean: the ones held down during a click or another key, and the arrows.

/** Which way the right-hand side lies: 1 onwards, -1 back where one reads from right to left. */
export const RIGHT = document.documentElement.dir === "rtl" ? -1 : 1;

const WAYS = { ArrowLeft: -RIGHT, ArrowRight: RIGHT };

/** Tell whether no modifier is held: with one, a click or a key is the browser's (another window, a shortcut). */
export const isPlain = event => isPlainOrShifted(event) && !event.shiftKey;

/** Tell the same where Shift has a meaning of its own. */
export const isPlainOrShifted = ({ altKey, ctrlKey, metaKey }) => !(altKey || ctrlKey || metaKey);

/** Tell whether the key of shortcuts is held: Ctrl, or Command. */
export const isCommand = ({ ctrlKey, metaKey }) => ctrlKey || metaKey;

/** Return which way a key leads: 1 onwards, -1 back; 0 unless it is the left or right arrow, alone. */
export const wayOf = event => (isPlain(event) && WAYS[event.key]) || 0;
