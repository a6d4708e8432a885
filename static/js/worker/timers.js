/** Timers by name, on a clock that is handed in; setting one again restarts it. */

/** @import { Clock } from "./missed.js" */

/** @template {string} Name */
export class Timers {
  #clock;
  /** @type {Map<Name, any>} */ #running = new Map();

  /** @param {Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** @param {Name} name */
  has(name) {
    return this.#running.has(name);
  }

  /**
   * @param {Name} name
   * @param {number} ms
   * @param {() => void} call
   */
  set(name, ms, call) {
    this.clear(name);
    this.#running.set(name, this.#clock.setTimeout(() => {
      this.#running.delete(name);
      call();
    }, ms));
  }

  /** @param {Name} name */
  clear(name) {
    if (this.has(name)) this.#clock.clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clearAll() {
    for (const name of [...this.#running.keys()]) this.clear(name);
  }
}
