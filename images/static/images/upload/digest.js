// A worker: answers a file with its SHA-256 in hex, or with "" where it cannot be read.

addEventListener("message", async ({ data: file }) => {
  try {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    postMessage([...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, "0")).join(""));
  } catch {
    postMessage("");
  }
});
