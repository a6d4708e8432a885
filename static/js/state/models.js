/** The models that can be asked, and which of them a new conversation begins with. */

/** @import { Model, ModelChoice, Topic } from "./types.js" */

export class Models {
  /** @type {readonly Model[]} */
  #known = [];
  /** @type {ModelChoice | null} what the server suggests for a new conversation */
  #suggested = null;
  /** @type {ModelChoice | null} what this person chose last */
  #preferred = null;
  #tell;

  /** @param {(...topics: Topic[]) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  get known() {
    return this.#known;
  }

  /** The model of a new conversation, or null where there is none. */
  get first() {
    const wanted = this.#preferred;
    const exists = wanted && this.#known.some((entry) => entry.upstream === wanted.upstream && entry.model === wanted.model);
    return exists ? wanted : this.#suggested;
  }

  /** @param {Model[]} known @param {ModelChoice | null} suggested */
  learn(known, suggested) {
    this.#known = known;
    this.#suggested = suggested;
    this.#tell("models");
  }

  /** @param {ModelChoice} choice */
  prefer(choice) {
    this.#preferred = choice;
    this.#tell("models");
  }
}
