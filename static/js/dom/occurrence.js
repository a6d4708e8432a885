/** Where a word stands in what is shown. */

/**
 * The first place at which one of the words stands, whatever their case.
 * @param {Node} node
 * @param {string[]} words
 * @returns {Range | null}
 */
export function occurrence(node, words) {
  const sought = words.map((word) => word.toLowerCase()).filter(Boolean);
  const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const shown = (text.nodeValue ?? "").toLowerCase();
    const places = sought.flatMap((word) => (shown.includes(word) ? [{ word, at: shown.indexOf(word) }] : []));
    const first = places.sort((a, b) => a.at - b.at)[0];
    // A letter may get longer in lower case; such a text is rather not marked than marked beside the word.
    if (!first || shown.length !== text.nodeValue?.length) continue;
    const range = document.createRange();
    range.setStart(text, first.at);
    range.setEnd(text, first.at + first.word.length);
    return range;
  }
  return null;
}
