// Arrow keys lead to the newer and the older image.

import { wayOf } from "../keys.js";

document.addEventListener("keydown", event => {
  const way = wayOf(event);
  if (!way || event.target.matches("input, textarea, select")) return;
  document.querySelector(`.neighbours [rel=${way > 0 ? "next" : "prev"}]`)?.click();
});
