/**
 * The caret behind the last letter of an answer that is being written: one element has the class, and only that one is
 * styled again when it moves. With a selector that finds the last letter by itself (`:has`, `:last-child`) the browser
 * matched the whole answer again at every new block: 1,100 elements, together a second of flushes.
 */

/** The element of each body that has the caret. @type {WeakMap<Element, Element>} */
const carets = new WeakMap();

/**
 * @param {HTMLElement} body of a message
 * @param {boolean} live whether its text still grows
 */
export function moveCaret(body, live) {
  const before = carets.get(body);
  const now = live ? lastWritten(body) : null;
  if (before === now) return;
  before?.classList.remove("caret");
  now?.classList.add("caret");
  if (now) carets.set(body, now);
  else carets.delete(body);
}

/**
 * The element whose text grows; null where that is not text, for example a table. An answer that broke off may continue above a thought.
 *
 * @param {HTMLElement} body
 */
function lastWritten(body) {
  let part = body.lastElementChild;
  if (part?.matches(".reasoning:not(.reasoning--thinking)")) part = part.previousElementSibling;
  if (!part?.matches(".prose")) return null;
  // In a long answer the text grows in the last chunk.
  if (part.lastElementChild?.matches(".prose")) part = part.lastElementChild;
  let block = part.lastElementChild;
  while (block?.matches(".seam")) block = block.previousElementSibling;
  return block && lastOf(block);
}

/** @param {Element} block @returns {Element | null} */
function lastOf(block) {
  if (block.matches("p, h1, h2, h3, h4, h5, h6")) return block;
  if (block.matches("figure")) return block.querySelector("code");
  const last = block.lastElementChild;
  if (block.matches(".note")) return block.querySelector(".note__text > p:last-child");
  if (block.matches("blockquote")) return last && lastOf(last);
  if (!block.matches("ul, ol") || !last) return null;
  const end = last.lastElementChild;
  if (end?.matches("p, ul, ol")) return lastOf(end);
  return end?.matches("figure, blockquote, div") ? null : last;
}
