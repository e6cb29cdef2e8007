// Pictures of files that have not been sent yet.

/** Show `file` in `picture`, an img; remove it where the browser finds no image in the file. */
export function showFile(picture, file) {
  const url = URL.createObjectURL(file);
  const done = () => URL.revokeObjectURL(url);
  picture.addEventListener("load", done);
  picture.addEventListener("error", () => { done(); picture.remove(); });
  picture.src = url;
}
