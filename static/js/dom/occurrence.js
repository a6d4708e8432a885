/** Finds words in what is shown. */

/**
 * The first occurrence of one of the words, in upper or lower case.
 * @param {Node} node
 * @param {string[]} words
 * @returns {Range | null}
 */
export function findOccurrence(node, words) {
  const sought = words.map((word) => word.toLowerCase()).filter(Boolean);
  const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const shown = (text.nodeValue ?? "").toLowerCase();
    const found = sought.flatMap((word) => (shown.includes(word) ? [{ word, at: shown.indexOf(word) }] : []));
    const first = found.sort((a, b) => a.at - b.at)[0];
    // A letter may get longer in lower case; in such a text the mark would be beside the word, so there is none.
    if (!first || shown.length !== text.nodeValue?.length) continue;
    const range = document.createRange();
    range.setStart(text, first.at);
    range.setEnd(text, first.at + first.word.length);
    return range;
  }
  return null;
}
