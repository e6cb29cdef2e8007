// Requests to the API. Every answer is {status, body}, whatever happened; status 0: there was none.

export function post(url, token, fields, onProgress, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("loadend", () => resolve({ status: request.status, body: request.response }));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", token);
    request.send(data);
  });
}

export async function change(url, token, fields) {
  try {
    const response = await fetch(url, {
      method: "PATCH",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(fields),
      keepalive: true, // sent even when the page is left right after typing
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0, body: null };
  }
}
