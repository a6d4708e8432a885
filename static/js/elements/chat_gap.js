/** The place in a thread where messages are left out. They come when the reader gets near, or asks. */

import { fillGap } from "../gap.js";
import { say } from "../words.js";
import { make } from "./dom.js";

/** Asked for before the place itself is in view. */
const AHEAD = "600px 0px";

export class ChatGap extends HTMLElement {
  /** @type {IntersectionObserver | null} */
  #observer = null;
  #lastTop = 0;
  #goesDown = true;
  #ending = new AbortController();

  connectedCallback() {
    if (!this.firstElementChild) {
      const button = make("button", "button button--quiet gap__more", say("Show the messages between"));
      button.type = "button";
      button.addEventListener("click", () => void this.#fill());
      this.className = "gap";
      this.append(button);
    }
    const view = this.closest(".timeline");
    this.#ending = new AbortController();
    view?.addEventListener("scroll", () => this.#scrolled(view.scrollTop), { signal: this.#ending.signal, passive: true });
    this.#observer = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && void this.#fill(), {
      root: view, rootMargin: AHEAD,
    });
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#observer?.disconnect();
    this.#observer = null;
  }

  /** @param {number} top */
  #scrolled(top) {
    if (top !== this.#lastTop) this.#goesDown = top > this.#lastTop;
    this.#lastTop = top;
  }

  /** Where the reader is: a place in view says nothing of it, but the way they came does. @returns {"above" | "below" | null} */
  #side() {
    const view = this.closest(".timeline")?.getBoundingClientRect();
    const own = this.getBoundingClientRect();
    if (!view) return null;
    if (own.top >= view.bottom) return "above";
    if (own.bottom <= view.top) return "below";
    return this.#goesDown ? "above" : "below";
  }

  async #fill() {
    const side = this.#side();
    const came = side !== null && (await fillGap(side));
    // Still near, it is to be seen again.
    if (!came || !this.#observer) return;
    this.#observer.unobserve(this);
    this.#observer.observe(this);
  }
}
