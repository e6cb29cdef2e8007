// Arrow keys lead to the newer and the older image.

const KEYS = { ArrowLeft: "prev", ArrowRight: "next" };
const MIRRORED = { ArrowLeft: "next", ArrowRight: "prev" };

document.addEventListener("keydown", event => {
  const isTyping = event.target.matches("input, textarea, select");
  if (isTyping || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const relation = (document.documentElement.dir === "rtl" ? MIRRORED : KEYS)[event.key];
  if (relation) document.querySelector(`.neighbours [rel=${relation}]`)?.click();
});
