/** The base of our elements: whatever one begins in the document ends when it leaves. */

export class ChatElement extends HTMLElement {
  #ending = new AbortController();

  connectedCallback() {
    this.#ending = new AbortController();
    this.begin(this.#ending.signal);
  }

  disconnectedCallback() {
    this.#ending.abort();
  }

  /** @param {AbortSignal} _signal aborted when the element leaves the document */
  begin(_signal) {}
}
