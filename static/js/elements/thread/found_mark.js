/** Marks, for a moment, the message that a person was led to, and the words in it that they looked for. */

import { findOccurrence } from "../../dom/occurrence.js";

/** Long enough to find it. */
const MARKED_MS = 2400;

/**
 * @param {HTMLElement} node of the message
 * @param {string[]} words
 * @returns {Range | null} the first of them, which may be far below the beginning of a long message
 */
export function markFound(node, words) {
  node.classList.add("message--found");
  setTimeout(() => node.classList.remove("message--found"), MARKED_MS);
  const range = findOccurrence(node, words);
  if (range) CSS.highlights?.set("found", new Highlight(range));
  else CSS.highlights?.delete("found");
  return range;
}
