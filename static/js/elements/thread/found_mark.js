/** Marks a message that a person was led to, softly and for a moment, and the words in it that they looked for. */

import { occurrence } from "../../dom/occurrence.js";

/** As long as the eye needs to find it. */
const MARKED_MS = 2400;

/**
 * @param {HTMLElement} node of the message
 * @param {string[]} words
 * @returns {Range | null} where one of them is: a long message may hold it far below its beginning
 */
export function markFound(node, words) {
  node.classList.add("message--found");
  setTimeout(() => node.classList.remove("message--found"), MARKED_MS);
  const range = occurrence(node, words);
  if (range) CSS.highlights?.set("found", new Highlight(range));
  else CSS.highlights?.delete("found");
  return range;
}
