// What was just added is all selected, so what is done with a selection is where the keyboard is.

const selected = document.querySelector(".selected");
if (document.activeElement === document.body) selected.focus({ preventScroll: true }); // it is seen where it is
