/**
 * The children of a long answer, in chunks. The browser lays out and measures what is in one box together: with 3,000
 * blocks in one element each flush cost 15 ms and grew with the answer, in contained chunks it stays flat. Up to the
 * first chunk's size the blocks are plain children; further ones sit in elements of the same class inside it.
 */

/** A usual answer has a quarter of this many blocks, and this many take no noticeable time. */
const CHUNK = 40;

/** After this time a chunk has been laid out, at the usual pace of an answer and at ten times that pace. */
const SEEN_MS = 1000;

/** When each chunk was made. @type {WeakMap<Element, number>} */
const born = new WeakMap();
/** @type {WeakSet<Node>} */
const chunked = new WeakSet();

/** Put the children of this element in chunks from now on. @param {HTMLElement} parent */
export function chunk(parent) {
  chunked.add(parent);
}

/**
 * @param {Node} parent
 * @param {number} index among all children, wherever they sit
 * @returns {ChildNode | undefined}
 */
export function childAt(parent, index) {
  if (!chunked.has(parent) || index < CHUNK) return parent.childNodes[index];
  return parent.childNodes[CHUNK + Math.floor(index / CHUNK) - 1]?.childNodes[index % CHUNK];
}

/** @param {HTMLElement} parent @param {Node} child */
export function appendTo(parent, child) {
  if (chunked.has(parent) && parent.childNodes.length >= CHUNK) lastChunk(parent).append(child);
  else parent.append(child);
}

/**
 * Keeps the first `count` children.
 *
 * @param {HTMLElement} parent
 * @param {number} count
 * @param {(node: ChildNode) => void} leaving is told of each node before it leaves
 */
export function cutTo(parent, count, leaving) {
  if (chunked.has(parent) && count > CHUNK) {
    const chunks = Math.ceil(count / CHUNK) - 1;
    cutPlain(parent, CHUNK + chunks, leaving);
    if (parent.childNodes.length < CHUNK + chunks) return;
    cutPlain(/** @type {HTMLElement} */ (parent.lastChild), count - chunks * CHUNK, leaving);
  } else cutPlain(parent, count, leaving);
}

/**
 * @param {HTMLElement} parent
 * @param {number} count
 * @param {(node: ChildNode) => void} leaving
 */
function cutPlain(parent, count, leaving) {
  while (parent.childNodes.length > count) {
    const last = /** @type {ChildNode} */ (parent.lastChild);
    leaving(last);
    last.remove();
  }
}

/**
 * A chunk that has been on the screen costs nothing while it is far from the visible part: the browser remembers its height. A
 * chunk of a stored answer, which comes whole, has no height to remember, and a guessed one would push what is read.
 *
 * @param {Element | undefined} chunk two before the newest
 */
function skipWhenFar(chunk) {
  const bornMs = chunk && born.get(chunk);
  if (bornMs === undefined || performance.now() - bornMs < SEEN_MS) return;
  /** @type {HTMLElement} */ (chunk).style.setProperty("content-visibility", "auto");
}

/** @param {HTMLElement} parent */
function lastChunk(parent) {
  const last = /** @type {HTMLElement} */ (parent.lastChild);
  if (parent.childNodes.length > CHUNK && last.childNodes.length < CHUNK) return last;
  const made = document.createElement("div");
  made.className = parent.className;
  made.style.contain = "content";
  made.style.setProperty("contain-intrinsic-block-size", "auto 2400px");
  skipWhenFar(parent.children[parent.children.length - 2]);
  born.set(made, performance.now());
  // Containment clips; focus rings and a wide glyph's edge need a little room.
  made.style.setProperty("overflow-clip-margin", "0.5rem");
  parent.append(made);
  return made;
}
