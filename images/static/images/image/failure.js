// Says in words that the picture of the page did not arrive, until it does: again.js asks for it by itself a few times.

const link = document.querySelector(".stage > a");
const picture = link.querySelector("picture img");
const failure = document.querySelector(".stage-failure");

function tell() {
  const isAbsent = picture.complete && !picture.naturalWidth;
  if (!isAbsent && failure.contains(document.activeElement)) link.focus(); // the button goes
  failure.hidden = !isAbsent;
}

for (const end of ["load", "error"]) picture.addEventListener(end, tell);
failure.querySelector("button").addEventListener("click", () => { picture.src = picture.getAttribute("src"); });
if (picture.complete) tell();
