/** The conversations that the page shows: which revision of each it has, and what must be asked for again. */
import { Missed } from "./missed.js";

/** @import { Frame } from "../shared/port.js" */
/** @import { Clock } from "./missed.js" */

export class ConversationWatches {
  #ask;
  #clock;
  /** @type {Map<string, { revision: number, missed: Missed }>} */ #watched = new Map();

  /**
   * @param {Clock} clock
   * @param {(conversation: string, after: number) => void} ask the server for what came after a revision
   */
  constructor(clock, ask) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** @param {string} id */
  has(id) {
    return this.#watched.has(id);
  }

  /** Call it when a connection is open: asks for the changes of each conversation. */
  opened() {
    for (const [id, { revision, missed }] of this.#watched) {
      missed.forget();
      this.#ask(id, revision);
    }
  }

  /** @param {Frame} frame the page's conversation.watch */
  watch({ conversation, after = 0 }) {
    this.forget(conversation);
    const missed = new Missed(this.#clock, (fromStart) => this.#ask(conversation, fromStart ? 0 : (this.#watched.get(conversation)?.revision ?? 0)));
    this.#watched.set(conversation, { revision: after, missed });
    this.#ask(conversation, after);
  }

  /** @param {string} id */
  forget(id) {
    this.#watched.get(id)?.missed.forget();
    this.#watched.delete(id);
  }

  /** The server refused the question about it for now. @param {string} id */
  refused(id) {
    this.#watched.get(id)?.missed.refused();
  }

  /**
   * @param {Frame} frame a conversation.patch
   * @returns {boolean} whether it follows on what the page has
   */
  fits({ conversation, after, revision }) {
    const watched = this.#watched.get(conversation);
    if (!watched) return false;
    if (after !== 0 && after !== watched.revision) {
      watched.missed.found();
      return false;
    }
    watched.revision = revision;
    watched.missed.closed();
    return true;
  }
}
