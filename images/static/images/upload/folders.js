// Folders that were dropped or chosen: the images in them, and what their names are to be.

import { announce } from "../announcer.js";

const MOST = 10_000; // files of folders at once: as many as one person may upload within an hour
const NAMED = 5; // folders that the offer names
const MAX_TAG = 100; // characters, of a tag's name
// Of formats that not every browser knows by name.
const IMAGE = /\.(avif|hei[cf]|tiff?)$/i;

/** Return [{ file, folders }] for what lies in entries of a drop: folders' names, the outermost first. */
export async function filesOf(entries, folders = [], found = []) {
  for (const entry of entries) {
    if (found.length === MOST) break;
    if (entry.isDirectory) await filesOf(await childrenOf(entry), [...folders, entry.name], found);
    else found.push({ file: await promised(done => entry.file(done, () => done(null))), folders });
  }
  return found.filter(({ file }) => file);
}

/** Return the same for the files of a folder that was chosen. */
export function filesOfChosen(files) {
  const pathOf = file => file.webkitRelativePath;
  const sorted = files.sort((one, other) => pathOf(one).localeCompare(pathOf(other)));
  return sorted.slice(0, MOST).map(file => ({ file, folders: pathOf(file).split("/").slice(0, -1) }));
}

async function childrenOf(folder) {
  const [reader, all] = [folder.createReader(), []];
  for (;;) { // it gives a hundred at a time, and none at the end
    const some = await promised(done => reader.readEntries(done, () => done([])));
    if (!some.length || all.length >= MOST) return all.sort((one, other) => one.name.localeCompare(other.name));
    all.push(...some);
  }
}

const promised = begin => new Promise(begin);

/** Whether a file of a folder is one that a library of images is asked to take; others lie there as well. */
export function isImage({ name, type }) {
  return !name.startsWith(".") && (type ? type.startsWith("image/") : IMAGE.test(name));
}

export class Folders {
  #element;
  #leftOut = 0;

  /** `element`: of the page, with the offer. */
  constructor(element) {
    this.#element = element;
  }

  /** Whether names become "tags" or "albums"; or nothing. */
  get #choice() {
    return this.#element.querySelector(":checked").value;
  }

  tagsOf({ folders }) {
    return this.#choice === "tags" ? folders.map(name => name.slice(0, MAX_TAG)) : [];
  }

  /** The title of the album for the image of a row: of the folder that it lies in; empty for none. */
  albumOf({ folders }) {
    return this.#choice === "albums" ? folders.at(-1) ?? "" : "";
  }

  /** Count what lies in the folders besides images. */
  leaveOut(count) {
    if (!count) return;
    this.#leftOut += count;
    const note = this.#element.querySelector(".left-out");
    note.hidden = false;
    note.textContent = note.dataset.count.replace("{count}", this.#leftOut);
    announce(note.textContent);
  }

  /** Offer the names of the folders that `rows` lie in; without any, nothing. */
  offer(rows) {
    const counts = new Map();
    for (const name of rows.flatMap(({ folders }) => folders.slice(-1))) counts.set(name, (counts.get(name) ?? 0) + 1);
    this.#element.hidden = !counts.size && !this.#leftOut;
    this.#element.querySelector("fieldset").hidden = !counts.size;
    const named = [...counts].slice(0, NAMED).map(([name, count]) => `${name} (${count})`);
    const further = counts.size > NAMED ? [`… (${counts.size - NAMED})`] : [];
    this.#element.querySelector(".names").textContent = [...named, ...further].join(", ");
  }
}
