/**
 * Messages near the visible part are laid out before they come into view; the style sheet leaves all others to
 * `content-visibility: auto`. That alone guesses the height of a message until it is seen, which pushes what is read below
 * it: inside an element that scrolls, the browser looks no further than its edge.
 */

/** Three flicks of a wheel, or a page and a half. */
const AHEAD_PX = 1500;

export class LayoutAhead {
  #scroller;
  #list;
  /** @type {Set<Element>} */ #near = new Set();

  /** @param {Element} scroller @param {Element} list whose children are in order, one below the other */
  constructor(scroller, list) {
    this.#scroller = scroller;
    this.#list = list;
  }

  /** Call it after scrolling and after changes of the list. It reads a few rectangles, whatever the list's length. */
  update() {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const nodes = this.#list.children;
    /** @type {Set<Element>} */ const now = new Set();
    for (let at = firstBelow(nodes, top - AHEAD_PX); at < nodes.length; at += 1) {
      const node = /** @type {Element} */ (nodes[at]);
      if (node.getBoundingClientRect().top > bottom + AHEAD_PX) break;
      now.add(node);
    }
    for (const node of this.#near) if (!now.has(node)) node.classList.remove("message--near");
    for (const node of now) if (!this.#near.has(node)) node.classList.add("message--near");
    this.#near = now;
  }
}

/**
 * @param {HTMLCollection} nodes
 * @param {number} top
 * @returns {number} the index of the first that reaches below it
 */
function firstBelow(nodes, top) {
  let from = 0;
  let to = nodes.length;
  while (from < to) {
    const half = (from + to) >> 1;
    if (/** @type {Element} */ (nodes[half]).getBoundingClientRect().bottom > top) to = half;
    else from = half + 1;
  }
  return from;
}
