// Requests to the library. Every answer is { status, body, retryAfter }, whatever happened; status 0: there was none.
// `retryAfter` is the seconds after which to ask again, 0 when nothing was said of it.

/** Fetch a page; the body is its document. */
export function fetchPage(url, options) {
  const parse = text => new DOMParser().parseFromString(text, "text/html");
  return ask(url, options, async response => parse(await response.text()));
}

/** Read what the API has at `url`; the body is its JSON. */
export function read(url, signal) {
  return ask(url, { signal, headers: { Accept: "application/json" } }, response => response.json());
}

/** Ask for the headers of what is at `url`; the body is the address that its Link leads to, if it has one. */
export function lookUp(url, signal) {
  return ask(url, { method: "HEAD", signal }, ({ headers }) => /<(.*?)>/.exec(headers.get("Link"))?.[1]);
}

/** Fetch an image; the body is an ImageBitmap, for the caller to close, or null. */
export function fetchPicture(url, signal) {
  return ask(url, { signal }, async response => (response.ok ? createImageBitmap(await response.blob()) : null));
}

/** Change `fields` of what the API has at `url`, or POST them to it; the body is its JSON. */
export function change(url, token, fields, method = "PATCH") {
  return ask(url, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(fields),
    keepalive: true, // sent even when the page is left right after typing
  }, response => response.json());
}

/** Send a request without a body to the API, which answers with none; resolves to its status. */
export async function tell(method, url, token) {
  const headers = { "X-CSRFToken": token };
  const { status } = await ask(url, { method, headers, keepalive: true }, response => response.text());
  return status;
}

async function ask(url, options, read) {
  try {
    const response = await fetch(url, options);
    const status = response.type === "opaqueredirect" ? 302 : response.status; // which a script is not told
    const retryAfter = Number(response.headers.get("Retry-After")) || 0; // of a date too
    return { status, body: await read(response), retryAfter };
  } catch {
    return { status: 0, body: null, retryAfter: 0 };
  }
}

/** Post `fields`, files and arrays among them, to the API. `onProgress` is told the share that has been sent, 0 to 1. */
export function post(url, token, fields, onProgress, signal) {
  return new Promise(resolve => {
    const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
    const data = new FormData();
    for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) data.append(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("loadend", () => {
      const retryAfter = Number(request.getResponseHeader("Retry-After"));
      resolve({ status: request.status, body: request.response, retryAfter });
    });
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", token);
    request.send(data);
  });
}

/** Send a form of a page; the status is 302 where it leads on, which the next page tells of. There is no body. */
export function submit(url, token, fields) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token);
  for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) body.append(name, value);
  return ask(url, { method: "POST", body, redirect: "manual" }, () => null);
}
