// Makes drawings larger when they are clicked, or when the address ends in #large.
import { mark } from "./mark.js";

mark(document.documentElement, "scripts");

async function enlarge(figure) {
  const { zoom } = await import("./zoom.js");
  zoom(figure);
}

for (const figure of document.querySelectorAll("[data-zoom]")) {
  figure.addEventListener("click", () => enlarge(figure));
  if (location.hash === "#large") {
    enlarge(figure);
  }
}
