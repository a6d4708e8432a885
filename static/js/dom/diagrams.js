/** Diagrams draw themselves once their source is complete and they come into view; a person can go back to the source. */
import { aheadBy } from "./keep_scroll.js";

/** Drawing takes a moment, so it begins a little before a diagram is seen. */
const NEAR = "200px";

/** @type {IntersectionObserver | undefined} */ let observer;

/** @param {HTMLElement} figure a complete code block with a button that draws it */
export function offerDiagram(figure) {
  if (typeof IntersectionObserver === "undefined") return;
  observer ??= new IntersectionObserver(seen, aheadBy(NEAR));
  observer.observe(figure);
}

/** @param {IntersectionObserverEntry[]} entries */
function seen(entries) {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    observer?.unobserve(target);
    const button = target.querySelector(".code__diagram");
    // Somebody may have pressed it meanwhile.
    if (button instanceof HTMLElement && !target.querySelector("iframe")) button.click();
  }
}
