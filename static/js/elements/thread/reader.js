/** Takes the reader of the thread, and the focus, to a message. */

import { store } from "../../state/store.js";

/** @import { Events } from "../../browser/events.js" */
/** @import { Scroll } from "../../dom/scroll.js" */
/** @import { MessageId } from "../../state/types.js" */
/** @import { ChatMessage } from "./chat_message.js" */

/** The space above a message to which the reader is taken. */
const ABOVE_PX = 16;

export class Reader {
  #root;
  #scroll;
  /** The message to be revealed; a later one replaces it. @type {Events["parley:reveal"] | null} */
  #wanted = null;

  /**
   * @param {HTMLElement} root the thread's element
   * @param {Scroll} scroll
   */
  constructor(root, scroll) {
    this.#root = root;
    this.#scroll = scroll;
  }

  /** The messages in the document, from the first one down. */
  get messages() {
    return /** @type {ChatMessage[]} */ ([...this.#root.querySelectorAll(".timeline__list > chat-message")]);
  }

  /** @param {MessageId} id */
  message(id) {
    return this.messages.find((node) => node.message?.id === id) ?? null;
  }

  /** @param {HTMLElement | null} node */
  go(node) {
    if (!node) return;
    node.focus({ preventScroll: true });
    this.#scroll.toNode(node, ABOVE_PX);
  }

  /** @param {Events["parley:reveal"]} wanted @param {Promise<void>} shown resolves when the thread is shown */
  async reveal(wanted, shown) {
    const { open } = store;
    this.#wanted = wanted;
    await shown;
    const node = this.message(wanted.message);
    if (!node || store.open !== open || this.#wanted !== wanted) return;
    this.go(node);
    const { markFound } = await import("./found_mark.js");
    const range = markFound(node, wanted.words);
    if (range) this.#scroll.reveal(range);
  }

  toWrite() {
    this.#scroll.toEnd();
    document.getElementById("composer-text")?.focus();
  }

  /** The button disappears, so the focus of a person who pressed it by keyboard goes to the newest message. */
  toLatest() {
    this.#scroll.toEnd();
    this.messages.at(-1)?.focus({ preventScroll: true });
  }

  /** The message with the focus is the current one. @param {EventTarget | null} target */
  mark(target) {
    const current = target instanceof Element ? target.closest("chat-message") : null;
    for (const node of this.#root.querySelectorAll("[aria-current]")) if (node !== current) node.removeAttribute("aria-current");
    current?.setAttribute("aria-current", "true");
  }
}
