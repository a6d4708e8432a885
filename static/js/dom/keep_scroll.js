/** What happens around the place that is being read, and must not move it. */

import { emit } from "../browser/events.js";

/**
 * Options of an IntersectionObserver that sees `margin` beyond the visible part, also when a box inside it is what scrolls.
 *
 * @param {string} margin
 * @returns {IntersectionObserverInit}
 */
export const aheadBy = (margin) => /** @type {IntersectionObserverInit} */ ({ rootMargin: margin, scrollMargin: margin });

/**
 * Runs a change that may make something taller or lower. The element that scrolls hears `parley:change`, takes the
 * change over (`preventDefault`) and runs it while keeping the reader's place; otherwise it is just run.
 *
 * @param {Element} where
 * @param {() => void} change
 * @param {boolean} [asked] somebody looks at this very element, and it stays where it is
 */
export function keepScroll(where, change, asked = false) {
  if (emit("parley:change", { change, asked }, where)) change();
}
