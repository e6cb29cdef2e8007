// Which tiles there are of an image: the arithmetic of images/iiif/pyramid.py; the library stores exactly these.

const SIDE = 512; // pyramid.TILE

/** Return by what `image` ({ width, height }) is divided in its coarsest layer: one tile. */
export function coarsest({ width, height }) {
  return 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / SIDE)));
}

/** Return by what to divide for `density` pixels of the screen to one of the image: never too coarse. */
export function factorFor(density, image) {
  return Math.min(coarsest(image), 2 ** Math.max(0, Math.floor(Math.log2(1 / density) + 1e-9)));
}

/** Return the tiles of a layer that touch `box`, all in pixels of the image; those at its middle first. */
export function tilesWithin(image, factor, box) {
  const side = SIDE * factor;
  const tiles = [];
  for (let top = floor(box.top, side); top < Math.min(box.bottom, image.height); top += side) {
    for (let left = floor(box.left, side); left < Math.min(box.right, image.width); left += side) {
      tiles.push(tile(image, factor, left, top));
    }
  }
  const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const distance = ({ left, top }) => Math.hypot(left + side / 2 - x, top + side / 2 - y);
  return tiles.sort((one, other) => distance(one) - distance(other));
}

const floor = (number, step) => Math.max(0, Math.floor(number / step) * step);

/** Return one tile; its `spec` is the canonical text of IIIF Image API 3.0 (4.8): only that is stored. */
function tile(image, factor, left, top) {
  const width = Math.min(SIDE * factor, image.width - left);
  const height = Math.min(SIDE * factor, image.height - top);
  const [columns, rows] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const isAll = width === image.width && height === image.height;
  const isOwnSize = columns === width && rows === height;
  const region = isAll ? "full" : `${left},${top},${width},${height}`;
  const spec = `${region}/${isOwnSize ? "max" : `${columns},${rows}`}/0/default.webp`;
  return { factor, left, top, right: left + width, bottom: top + height, spec };
}
