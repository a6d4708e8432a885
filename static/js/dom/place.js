/** Changes in the middle of a page, which must not move what is being read. */

/**
 * Runs a change that may make something taller or lower. Whoever scrolls the page hears `parley:change`, takes the
 * change over (`preventDefault`) and runs it while keeping the reader's place; otherwise it is just run.
 *
 * @param {Element} where
 * @param {() => void} change
 * @param {boolean} [asked] somebody looks at this very element, and it stays where it is
 */
export function keepingPlace(where, change, asked = false) {
  const event = new CustomEvent("parley:change", { bubbles: true, cancelable: true, detail: { change, asked } });
  if (where.dispatchEvent(event)) change();
}
