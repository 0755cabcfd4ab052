/**
 * Adds a class to an element, for style sheets and tests to see.
 *
 * @param {Element} element What is marked.
 * @param {string} name The class.
 */
export function mark(element, name) {
  element.classList.add(name);
}
