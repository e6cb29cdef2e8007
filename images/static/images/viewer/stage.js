// What the viewer shows of an image: the picture itself and, until it is there, what its cell has of it.

const LOADING = "data-loading"; // the bar that the style sheet shows after a while

/** Return the image that `link` leads to, in the size that fits the screen; of an animation there is one size. */
export function pictureOf(link) {
  const { src, srcset, sizes } = link.dataset;
  const picture = document.createElement("picture");
  const source = Object.assign(document.createElement("source"), { type: "image/webp" });
  const image = Object.assign(new Image(), { alt: link.querySelector("img").alt });
  picture.append(source, image);
  if (src) image.src = src;
  else for (const [element, format] of [[source, "webp"], [image, "jpg"]]) {
    Object.assign(element, { sizes, srcset: srcset.replaceAll("{format}", format) });
  }
  return picture;
}

/** Return the small picture of the cell, as large as the large one will be; null of one that is seen through. */
function placeholderOf(link) {
  const placeholder = link.querySelector(".placeholder");
  if (!placeholder) return null;
  const cell = link.querySelector("img");
  const src = cell.complete && cell.naturalWidth ? cell.currentSrc : placeholder.src;
  const image = Object.assign(new Image(), { src, alt: "", ariaHidden: "true", className: "placeholder" });
  image.style.setProperty("--width", link.dataset.width);
  image.style.setProperty("--height", link.dataset.height);
  return image;
}

/** Show in `stage` the image that `link` leads to; `onEnd` is told whether it came, each time it is asked for. */
export function showOn(stage, link, onEnd) {
  const picture = pictureOf(link);
  const image = picture.querySelector("img");
  const placeholder = placeholderOf(link);
  const end = came => {
    if (!picture.isConnected) return; // another is shown by now
    stage.removeAttribute(LOADING);
    onEnd(came);
  };
  image.addEventListener("error", () => end(false));
  image.addEventListener("load", async () => {
    end(true);
    await image.decode().catch(() => {}); // seen, before what is beneath it goes
    placeholder?.remove();
  });
  stage.replaceChildren(picture, ...(placeholder ? [placeholder] : []));
  stage.toggleAttribute(LOADING, !image.complete);
}
