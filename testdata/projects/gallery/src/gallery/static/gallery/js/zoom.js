// Loaded when the first drawing is clicked.
import { mark } from "./mark.js";

const lens = new URL("../img/lens.svg", import.meta.url);

/**
 * Shows a drawing in full width, with a lens over it.
 *
 * @param {Element} figure The drawing.
 */
export function zoom(figure) {
  mark(figure, "zoomed");
  if (!figure.querySelector(".lens")) {
    const image = new Image();
    image.src = lens.href;
    image.className = "lens";
    image.alt = "";
    figure.append(image);
  }
}
