/** What happens around the place that is being read, and must not move it. */

import { emit } from "../browser/events.js";

/**
 * Options of an IntersectionObserver that sees so far outside of the window, also when a box inside it is what scrolls.
 *
 * @param {string} margin
 * @returns {IntersectionObserverInit}
 */
export const near = (margin) => /** @type {IntersectionObserverInit} */ ({ rootMargin: margin, scrollMargin: margin });

/**
 * Runs a change that may make something taller or lower. Whoever scrolls the page hears `parley:change`, takes the
 * change over (`preventDefault`) and runs it while keeping the reader's place; otherwise it is just run.
 *
 * @param {Element} where
 * @param {() => void} change
 * @param {boolean} [asked] somebody looks at this very element, and it stays where it is
 */
export function keepingPlace(where, change, asked = false) {
  if (emit("parley:change", { change, asked }, where)) change();
}
