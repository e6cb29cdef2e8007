// The search box: suggestions while one types. Without it the box is a field, and its page of help a link.

import { Combobox } from "../combobox.js";
import { read } from "../request.js";

const input = document.querySelector(".search input");
const { suggestions, label, count } = input.dataset;

new Combobox(input, {
  words: { label, count },
  ask: async (search, at, signal) => {
    const { status, body } = await read(`${suggestions}?${new URLSearchParams({ search, at })}`, signal);
    return status === 200 ? body.suggestions : [];
  },
});
