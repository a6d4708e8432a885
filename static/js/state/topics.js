/** The readers of the store, by the topics whose changes they want to know. */

/** @import { Topic } from "./types.js" */

export class Topics {
  /** @type {Map<Topic, Set<() => void>>} */
  #readers = new Map();

  /**
   * Call `reader` after each change of one of the topics.
   * @param {Topic | Topic[]} topics
   * @param {() => void} reader
   * @param {AbortSignal} [signal] ends the calls
   */
  on(topics, reader, signal) {
    for (const topic of [topics].flat()) {
      const readers = this.#readers.get(topic) ?? new Set();
      this.#readers.set(topic, readers.add(reader));
      signal?.addEventListener("abort", () => readers.delete(reader));
    }
  }

  /** @type {(...topics: Topic[]) => void} */
  tell = (...topics) => {
    for (const topic of topics) for (const reader of this.#readers.get(topic) ?? []) reader();
  };
}
