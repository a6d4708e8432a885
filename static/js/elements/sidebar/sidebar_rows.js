/**
 * Of a long list only the visible rows are in the document, and some around them. Each list is as high as all of its rows,
 * so nothing moves when rows come and go. With all of 10,000 rows in the document, an animation frame of scrolling took 53 ms.
 */

import { arrange } from "../dom.js";

/** Rows exist this far above and below the visible part, so that a flick of the finger never shows an empty strip. */
const MARGIN_PX = 1600;
/** The height that is assumed before any row could be measured. */
const ROW_PX = 36;

/**
 * @typedef {object} Rows a list of rows that are all equally high
 * @property {HTMLElement} list
 * @property {number} count
 * @property {(index: number) => HTMLElement} row
 * @property {(node: Element) => number} indexOf -1 for a node that is no row of it any more
 */

/**
 * Put into each list the rows that are visible or nearly so. A row that is being used stays in the document.
 * @param {HTMLElement} scroller
 * @param {Rows[]} lists
 */
export function fit(scroller, lists) {
  for (const { list, count } of lists) {
    list.toggleAttribute("data-fitted", true);
    list.style.setProperty("--entries", String(count));
  }
  // Everything is measured before anything is written, so that the page is laid out once.
  const rowPx = scroller.querySelector(".listed")?.getBoundingClientRect().height || ROW_PX;
  const sight = scroller.getBoundingClientRect();
  const tops = lists.map(({ list }) => list.getBoundingClientRect().top - sight.top);
  lists.forEach((rows, index) => {
    const top = tops[index] ?? 0;
    const from = clamp(Math.floor((-top - MARGIN_PX) / rowPx), rows.count);
    const to = clamp(Math.ceil((sight.height - top + MARGIN_PX) / rowPx), rows.count);
    show(rows, from, to);
  });
}

/**
 * @param {Rows} rows
 * @param {number} from
 * @param {number} to
 */
function show({ list, count, row, indexOf }, from, to) {
  const nodes = Array.from({ length: to - from }, (_, offset) => row(from + offset));
  nodes.forEach((node, offset) => {
    node.removeAttribute("data-used");
    // These let a screen reader tell the whole length of the list.
    node.setAttribute("aria-setsize", String(count));
    node.setAttribute("aria-posinset", String(from + offset + 1));
  });
  const used = [...list.children].filter((node) => node.matches(":focus-within, [data-menu], [data-renaming]") && !nodes.includes(/** @type {HTMLElement} */ (node)));
  for (const node of used) {
    const at = indexOf(node);
    if (at < 0 || !(node instanceof HTMLElement)) continue;
    node.toggleAttribute("data-used", true);
    node.style.setProperty("--at", String(at));
    if (at < from) nodes.unshift(node);
    else nodes.push(node);
  }
  list.style.setProperty("--before", String(from));
  arrange(list, nodes);
}

/** @param {number} index @param {number} count */
const clamp = (index, count) => Math.max(0, Math.min(index, count));
