/** The gap in a thread where messages are not loaded. They are loaded when the reader comes near, or asks. */

import { fillGap } from "../../verbs/fill_gap.js";
import { say } from "../../words/words.js";
import { make } from "../dom.js";

/** The messages are asked for this far before the gap is in view. */
const AHEAD = "600px 0px";

export class ChatGap extends HTMLElement {
  /** @type {IntersectionObserver | null} */
  #observer = null;

  connectedCallback() {
    if (!this.firstElementChild) {
      const button = make("button", "button button--quiet gap__more", say("Show the messages between"));
      button.type = "button";
      button.addEventListener("click", () => void this.#fill());
      this.className = "gap";
      this.append(button);
    }
    const view = this.closest(".timeline");
    this.#observer = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && void this.#fill(), {
      root: view, rootMargin: AHEAD,
    });
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer?.disconnect();
    this.#observer = null;
  }

  /**
   * Where the reader is. A reader who sees the gap is reading above it, so the text above stays in place and the gap moves down.
   * @returns {"above" | "below"}
   */
  #side() {
    const top = this.closest(".timeline")?.getBoundingClientRect().top ?? 0;
    return this.getBoundingClientRect().bottom <= top ? "below" : "above";
  }

  async #fill() {
    const came = await fillGap(this.#side());
    // If the gap is still near, the observer must report it again.
    if (!came || !this.#observer) return;
    this.#observer.unobserve(this);
    this.#observer.observe(this);
  }
}
