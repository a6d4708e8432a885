/** Diagrams draw themselves once their source is complete and they come into view; a person can go back to the source. */
import { aheadBy } from "./keep_scroll.js";

/** Drawing takes a moment, so it begins a little before a diagram is seen. */
const NEAR = "200px";
/** A diagram that takes longer is printed as its source. */
const PATIENCE_MS = 8000;

/** @type {IntersectionObserver | undefined} */ let observer;

/** @param {HTMLElement} figure a complete code block with a button that draws it */
export function offerDiagram(figure) {
  if (document.documentElement.dataset.print !== undefined) {
    // It is not in the page yet.
    setTimeout(() => press(figure));
    return;
  }
  if (typeof IntersectionObserver === "undefined") return;
  observer ??= new IntersectionObserver(seen, aheadBy(NEAR));
  observer.observe(figure);
}

/** @param {IntersectionObserverEntry[]} entries */
function seen(entries) {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    observer?.unobserve(target);
    press(target);
  }
}

/** Somebody may have pressed its button meanwhile. @param {Element} figure */
function press(figure) {
  const button = figure.querySelector(".code__diagram");
  if (button instanceof HTMLElement && !figure.querySelector("iframe")) button.click();
}

/** Returns when every diagram is drawn or has said why not, or after a few seconds: before a page is printed. */
export async function diagramsDrawn() {
  const ends = performance.now() + PATIENCE_MS;
  const isMissing = (/** @type {Element} */ button) => !button.closest(".code--drawn, .code:has(> .code__fault)");
  while (performance.now() < ends && [...document.querySelectorAll(".code__diagram")].some(isMissing)) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
