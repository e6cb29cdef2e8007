// The history of an image, read from its own page when it is unfolded.

import { fetchPage } from "../request.js";
import { sayMoments } from "../times.js";

const fold = document.querySelector("details.history");
const link = fold?.querySelector("a");

fold?.addEventListener("toggle", async () => {
  if (!fold.open || !link.isConnected) return;
  const { status, body } = await fetchPage(link.href);
  if (status !== 200 || !link.isConnected) return; // the link leads there as well
  const steps = document.adoptNode(body.querySelector(".steps"));
  sayMoments(steps);
  link.parentElement.replaceWith(steps);
});
