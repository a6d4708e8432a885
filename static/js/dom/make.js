/** How an element of a body is made, and what a kind gives the gate. */

/**
 * @typedef {Record<string, any>} Fields what the worker says about a node; checked by each kind, field by field
 * @typedef {{ outer: HTMLElement, inner?: HTMLElement, set?: (fields: Fields) => void }} Made `inner`: where the children
 *   go, when that is not the element itself; `set`: changes a card later
 */

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {"auto" | "ltr"} [dir] right-to-left text must not drag its neighbours along
 * @returns {HTMLElement}
 */
export function element(tag, className = "", dir) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (dir) made.dir = dir;
  return made;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} text
 */
export function label(tag, className, text) {
  const made = element(tag, className);
  made.textContent = text;
  return made;
}

/**
 * A button whose action tools.js finds by its name.
 *
 * @param {string} tool
 * @param {string} className
 * @param {string} text
 */
export function button(tool, className, text) {
  const made = /** @type {HTMLButtonElement} */ (label("button", className, text));
  made.type = "button";
  made.setAttribute("data-tool", tool);
  return made;
}

/** @param {string} className @returns {{ outer: HTMLElement, inner: HTMLElement }} text with its spaces and line breaks */
export function boxed(className) {
  const outer = element("pre", className, "ltr");
  // It scrolls by itself, so the keyboard must reach it.
  outer.tabIndex = 0;
  const inner = element("code");
  outer.append(inner);
  return { outer, inner };
}

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * The address as the browser reads it, or null when its scheme is not allowed or it is relative: a model does not
 * know this site, so its relative links must not lead into it.
 *
 * @param {unknown} href
 */
export function safeAddress(href) {
  if (typeof href !== "string") return null;
  try {
    const url = new URL(href);
    return SCHEMES.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
