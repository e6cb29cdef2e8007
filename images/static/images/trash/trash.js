// The trash: choose all at once, hear how many are chosen.

import { announce } from "../announcer.js";

const form = document.getElementById("chosen");
const rows = [...document.querySelectorAll('[name="image"][form="chosen"]')];
const all = form.querySelector(".choose-all input");

function update() {
  const count = rows.filter(row => row.checked).length;
  all.checked = count === rows.length;
  all.indeterminate = count > 0 && count < rows.length;
  announce(form.dataset.count.replace("{count}", count));
}

all.addEventListener("change", () => {
  for (const row of rows) row.checked = all.checked;
  update();
});
rows.forEach(row => row.addEventListener("change", update));
if (rows.some(row => row.checked)) update(); // as the browser restored it on "back"
