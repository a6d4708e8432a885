/** Scrolls so that the visible entries do not move while entries above them come, go and move up. */

/** This many visible entries are measured before and after, because the entry that moves may be one of them. */
const SAMPLES = 4;

/**
 * Change what is in `scroller`, and scroll so that the visible entries do not move; an element that is moved keeps the focus.
 * @param {HTMLElement} scroller
 * @param {() => void} change
 */
export function keepScroll(scroller, change) {
  const focused = document.activeElement instanceof HTMLElement && scroller.contains(document.activeElement) ? document.activeElement : null;
  const samples = scroller.scrollTop > 0 ? inSight(scroller) : [];
  change();
  const moved = samples.filter(({ node }) => node.isConnected).map(({ node, top }) => node.getBoundingClientRect().top - top);
  const shift = mostCommon(moved);
  if (shift) scroller.scrollTop += shift;
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** @param {HTMLElement} scroller */
function inSight(scroller) {
  const box = scroller.getBoundingClientRect();
  /** @type {{node: Element, top: number}[]} */
  const found = [];
  for (let y = box.top + 4; y < box.bottom && found.length < SAMPLES; y += 24) {
    const node = document.elementFromPoint(box.left + 24, y)?.closest(".listed");
    if (node && found.at(-1)?.node !== node) found.push({ node, top: node.getBoundingClientRect().top });
  }
  return found;
}

/** @param {number[]} shifts */
function mostCommon(shifts) {
  const counted = shifts.map((shift) => shifts.filter((other) => Math.abs(other - shift) < 1).length);
  return shifts[counted.indexOf(Math.max(...counted))] ?? 0;
}
