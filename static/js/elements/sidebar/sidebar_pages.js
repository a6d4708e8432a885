/** Loads the next page of a list when its button is about to come into view. */

import { more } from "../../verbs/listing.js";

/** @import { Where } from "../../verbs/listing.js" */

/** A page is asked for this far before its button comes into view. */
const AHEAD = "800px 0px";

export class SidebarPages {
  #where;
  #loaded;
  /** Buttons whose last page did not come: they wait for a click. @type {Set<Element>} */
  #failed = new Set();
  #observer;

  /**
   * @param {HTMLElement} scroller
   * @param {{where: (button: Element) => Where, loaded: () => void, signal: AbortSignal}} list
   */
  constructor(scroller, { where, loaded, signal }) {
    this.#where = where;
    this.#loaded = loaded;
    this.#observer = new IntersectionObserver((seen) => this.#seen(seen), { root: scroller, rootMargin: AHEAD });
    signal.addEventListener("abort", () => this.#observer.disconnect());
  }

  /** @param {HTMLButtonElement} button which has been hidden or shown */
  follow(button) {
    if (button.hidden) this.#observer.unobserve(button);
    else this.#observer.observe(button);
  }

  /** @param {HTMLButtonElement} button which the observer must report again if it is still in view */
  lookAgain(button) {
    this.#observer.unobserve(button);
    this.follow(button);
  }

  /** @param {HTMLButtonElement} button that somebody has pressed */
  async load(button) {
    try {
      await more(this.#where(button));
      this.#failed.delete(button);
    } catch {
      this.#failed.add(button);
    }
    this.#loaded();
    this.lookAgain(button);
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #seen(seen) {
    for (const { isIntersecting, target } of seen) if (isIntersecting && target instanceof HTMLButtonElement && !this.#failed.has(target)) void this.load(target);
  }
}
