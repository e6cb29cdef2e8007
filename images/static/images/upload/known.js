// Files that the library has already, known by their SHA-256: they need not be sent.

import { lookUp, read } from "../request.js";

let earlier = Promise.resolve(); // one file after the other: each is in memory whole

/** Resolve to the SHA-256 of `file` in hex; to "" where there is none: without TLS, of a file that cannot be read. */
export function sha256Of(file, signal) {
  earlier = earlier.then(() => (crypto.subtle && !signal.aborted ? digestOf(file, signal) : ""));
  return earlier;
}

/** In a worker: Chromium's digest holds the page up, a quarter of a second of 100 MiB. It ends with the file. */
async function digestOf(file, signal) {
  const worker = new Worker(new URL("digest.js", import.meta.url));
  const digest = await new Promise(resolve => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => resolve("");
    signal.addEventListener("abort", () => resolve(""));
    worker.postMessage(file);
  });
  worker.terminate();
  return digest;
}

/** Resolve to what the API at `url` answers of the image that the file is; its status is another than 200 for none. */
export async function findKnown(url, digest, signal) {
  if (!digest) return {};
  const found = await lookUp(`${url}/by-hash/${digest}`, signal);
  return found.status === 200 ? read(found.body, signal) : found;
}
