/** Who wants to hear of which change. */

/** @import { Topic } from "./types.js" */

export class Topics {
  /** @type {Map<Topic, Set<() => void>>} */
  #readers = new Map();

  /**
   * Call `reader` after each change of `topic`; the result ends that.
   * @param {Topic} topic
   * @param {() => void} reader
   * @returns {() => void}
   */
  on(topic, reader) {
    const readers = this.#readers.get(topic) ?? new Set();
    this.#readers.set(topic, readers.add(reader));
    return () => void readers.delete(reader);
  }

  /** @type {(...topics: Topic[]) => void} */
  tell = (...topics) => {
    for (const topic of topics) for (const reader of this.#readers.get(topic) ?? []) reader();
  };
}
