// Suggests the tag that another becomes.

import { suggestValues } from "../suggestions.js";

const form = document.querySelector(".merge");
suggestValues(form.elements.into, "tag", form.dataset);
