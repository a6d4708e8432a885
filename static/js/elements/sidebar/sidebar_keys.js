/** The arrows walk through the list: up and down from entry to entry, sideways between an entry and the button of its menu. */

/** The parts of an entry or of a folder's heading: the link that opens it, and beside that the button of its menu. */
const LINKS = ".listed__link, .section__toggle";
const BUTTONS = ".listed__more, .section__more";
/** @type {Record<string, string>} */
const ASIDE = { ArrowRight: BUTTONS, ArrowLeft: LINKS };

/** What the arrows walk through. @param {HTMLElement} sidebar @returns {HTMLElement[]} */
export const linksOf = (sidebar) => [...sidebar.querySelectorAll(LINKS)].filter((node) => node instanceof HTMLElement);

/**
 * @param {HTMLElement} sidebar
 * @param {HTMLElement} first above the entries
 * @param {KeyboardEvent} event
 */
export function walk(sidebar, first, event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const nodes = [first, ...linksOf(sidebar)];
    const active = document.activeElement;
    const at = nodes.findIndex((node) => node === active || (active?.matches(BUTTONS) && node.parentElement === active.parentElement));
    if (at < 0) return;
    event.preventDefault();
    nodes[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  } else if (ASIDE[event.key] && event.target instanceof Element && event.target.matches(`${LINKS}, ${BUTTONS}`)) {
    const aside = event.target.parentElement?.querySelector(ASIDE[event.key] ?? "");
    if (aside instanceof HTMLElement && event.target !== aside) aside.focus();
  }
}
