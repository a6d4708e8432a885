/** Changes around the text that is being read, which must not move it. */

import { emit } from "../browser/events.js";

/**
 * Options of an IntersectionObserver that sees `margin` beyond the visible part, also when a box inside it is what scrolls.
 *
 * @param {string} margin
 * @returns {IntersectionObserverInit}
 */
export const aheadBy = (margin) => /** @type {IntersectionObserverInit} */ ({ rootMargin: margin, scrollMargin: margin });

/**
 * Runs a change that may make something taller or lower. The element that scrolls receives `parley:change`, prevents the
 * event and runs the change while it keeps the reader's scroll position; without such an element it is just run.
 *
 * @param {Element} where
 * @param {() => void} change
 * @param {boolean} [asked] a person asked for it at this very element, which stays where it is
 */
export function keepScroll(where, change, asked = false) {
  if (emit("parley:change", { change, asked }, where)) change();
}
