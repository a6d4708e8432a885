/** Searches on the server while a person types: after each pause, and only the newest answer counts. */

import { ask } from "./ask.js";

/** @typedef {[string, boolean][]} Snippet */
/**
 * @typedef {object} Hit
 * @property {string} conversation
 * @property {string} title
 * @property {number | null} message null for a title that holds the words
 * @property {"user" | "assistant" | "system" | null} role
 * @property {string | null} author
 * @property {string} created_at
 * @property {Snippet} snippet
 */
/** @typedef {{query: string, page: number, items: Hit[], more: boolean}} Results */

/** A person who keeps typing pauses for less than this between two keys. */
const PAUSE_MS = 150;

/** The hit that was opened last: its message, and the words in it that were looked for. */
export const opened = { message: /** @type {number | null} */ (null), words: /** @type {string[]} */ ([]) };

/** @param {Hit} hit */
export function rememberOpened({ message, snippet }) {
  Object.assign(opened, { message, words: snippet.flatMap(([text, isMatch]) => (isMatch ? [text] : [])) });
}

export class Searching {
  /** @type {(results: Results | null) => void} */
  #found;
  #timer = 0;
  #asked = 0;

  /** @param {(results: Results | null) => void} found called with each page of the newest query; null where none came */
  constructor(found) {
    this.#found = found;
  }

  /** @param {string} query "" asks for nothing, and drops what was asked */
  type(query) {
    clearTimeout(this.#timer);
    this.#asked += 1;
    if (query.trim()) this.#timer = window.setTimeout(() => void this.page(query, 0), PAUSE_MS);
  }

  /** @param {string} query @param {number} page */
  async page(query, page) {
    const asked = ++this.#asked;
    /** @type {Results | null} */
    let results = null;
    try {
      results = await ask({ type: "search", query, page });
    } catch {
      // Nothing is found then; the next key asks again.
    }
    if (asked === this.#asked) this.#found(results);
  }
}
