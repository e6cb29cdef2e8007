// What a program in TypeScript does with the types that are generated from /api/schema: test_generated_clients.py
// checks it strictly, and runs it with the address of a library and a token. The first thing wrong ends it.

import createClient from "openapi-fetch";
import type { components, paths } from "./imagelib";

declare const process: { argv: string[] };
const [, , baseUrl, token, picture] = process.argv;

function expect(what: string, found: unknown, expected: unknown) {
  if (found !== expected) throw new Error(`${what}: ${found}, not ${expected}`);
}

const client = createClient<paths>({ baseUrl, headers: { Authorization: `Token ${token}` } });

const form = new FormData();
form.append("file", new Blob([Uint8Array.from(atob(picture), one => one.charCodeAt(0))]), "kite.png");
form.append("title", "Kite in TypeScript");
const uploaded = await client.POST("/api/v1/images", {
  body: form as unknown as components["schemas"]["UploadRequest"],
  bodySerializer: body => body,
});
expect("upload", uploaded.response.status, 201);
const image: components["schemas"]["Image"] = uploaded.data!;
const path = { id: image.id };

const found = await client.GET("/api/v1/images", { params: { query: { search: "typescript", min_width: 1 } } });
expect("list", found.data?.results.map(({ id }) => id).join(), image.id);
const refused = await client.GET("/api/v1/images", { params: { query: { search: "x".repeat(1001) } } });
expect("refused", refused.error?.code, "validation_error");

const read = await client.GET("/api/v1/images/{id}", { params: { path } });
const header = { "If-Match": read.response.headers.get("ETag")! };
const body = { alt_text: "A kite.", visibility: "private" } as const;
const changed = await client.PATCH("/api/v1/images/{id}", { params: { path, header }, body });
expect("change", changed.data?.alt_text, "A kite.");
const again = await client.PATCH("/api/v1/images/{id}", { params: { path, header }, body });
expect("change of what was changed", again.error?.code, "precondition_failed");
// @ts-expect-error a number is no text
const number: components["schemas"]["PatchedImageRequest"] = { alt_text: 0 };
const untouched = await client.PATCH("/api/v1/images/{id}", { params: { path }, body: number });
expect("a number for a text", untouched.error?.code, "validation_error");

const trashed = await client.DELETE("/api/v1/images/{id}", { params: { path } });
expect("trash", trashed.response.status, 204);
const gone = await client.GET("/api/v1/images/{id}", { params: { path } });
expect("gone", gone.error?.code, "not_found");
const restored = await client.POST("/api/v1/images/{id}/restore", { params: { path } });
const moment: string | null | undefined = restored.data?.deleted_at;
expect("restore", moment, null);
