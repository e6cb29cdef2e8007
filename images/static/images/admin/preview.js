// The admin's upload form: what was chosen is shown before it is sent.

const input = document.querySelector("form.upload [name=files]");
const list = document.querySelector(".previews");

function show(file) {
  const item = document.createElement("li");
  const picture = new Image();
  const url = URL.createObjectURL(file);
  const done = () => URL.revokeObjectURL(url);
  picture.alt = "";
  picture.addEventListener("load", done);
  picture.addEventListener("error", () => { done(); picture.remove(); }); // no image: ingest will say so
  picture.src = url;
  item.append(picture, file.name);
  return item;
}

input.addEventListener("change", () => {
  list.replaceChildren(...[...input.files].map(show));
  list.hidden = !input.files.length;
});
