/**
 * Colours code without adding a single element: the CSS Custom Highlight API paints spans of one Text node. Where the
 * browser does not have it, code stays plain.
 *
 * The browser goes through all registered ranges whenever the document changes (measured in Chromium: 5 ms per animation
 * frame at 14,000 ranges), so only code in or near the visible part is registered. It also measures every observed element
 * at each flush (1.6 ms at 150 elements), so a long answer's chunks are observed, and code only in those that are near.
 */

/**
 * @typedef {{ start: number, end: number, scope: string }} Span
 * @typedef {{ text: Text, spans: Span[], shown: { range: StaticRange, scope: string }[], near: boolean }} Coloured
 * @typedef {{ codes: Set<Element>, near: boolean }} Chunk
 */

const SCOPE = /^[a-z][a-z_-]{0,30}$/;
/** Code is coloured this far outside of the visible part: a flick of the wheel. */
const NEAR = "600px";

/** The code elements that have colours, each with one Text node. @type {WeakMap<Element, Coloured>} */
const coloured = new WeakMap();
/** The chunks of long answers that have coloured code in them. @type {WeakMap<Element, Chunk>} */
const chunks = new WeakMap();
/** @type {IntersectionObserver | undefined} */ let observer;
/** @type {IntersectionObserver | undefined} */ let chunkObserver;

const supported = () => typeof Highlight !== "undefined" && typeof CSS !== "undefined" && "highlights" in CSS;

/**
 * Replaces the colours of a text from `from` on.
 *
 * @param {Text} text
 * @param {number} from UTF-16 offset
 * @param {(number | string)[]} values start, end, scope, start, end, scope …
 */
export function paint(text, from, values) {
  const code = text.parentElement;
  if (!supported() || !code) return;
  const known = coloured.get(code) ?? { text, spans: [], shown: [], near: false };
  hide(known);
  known.text = text;
  known.spans = known.spans.filter(({ start }) => start < from).concat(spansOf(values));
  coloured.set(code, known);
  if (known.near) show(known);
  else observe(code);
}

/** @param {Element} code */
function observe(code) {
  observer ??= new IntersectionObserver(moved, { rootMargin: NEAR });
  chunkObserver ??= new IntersectionObserver(chunkMoved, { rootMargin: NEAR });
  const element = code.closest(".prose .prose");
  if (!element) {
    observer.observe(code);
    return;
  }
  const chunk = chunks.get(element) ?? { codes: new Set(), near: false };
  chunks.set(element, chunk);
  chunk.codes.add(code);
  if (chunk.near) observer.observe(code);
  else chunkObserver.observe(element);
}

/** Removes every colour inside a node that leaves the page; otherwise the registry would hold the node in memory. @param {Node} node */
export function unpaint(node) {
  if (!supported()) return;
  for (const code of codesOf(node)) {
    const known = coloured.get(code);
    if (!known) continue;
    hide(known);
    observer?.unobserve(code);
    const element = code.closest(".prose .prose");
    if (element) chunks.get(element)?.codes.delete(code);
    coloured.delete(code);
  }
  if (node.nodeType === 1 && chunks.has(/** @type {Element} */ (node))) chunkObserver?.unobserve(/** @type {Element} */ (node));
}

/**
 * @param {Node} node an element, or the text of a code element
 * @returns {Iterable<Element>}
 */
function codesOf(node) {
  if (node.nodeType === 1) return /** @type {Element} */ (node).querySelectorAll("figure.code code");
  return node.parentElement ? [node.parentElement] : [];
}

/** @param {IntersectionObserverEntry[]} entries */
function moved(entries) {
  for (const { target, isIntersecting } of entries) {
    const known = coloured.get(target);
    if (!known || known.near === isIntersecting) continue;
    known.near = isIntersecting;
    if (isIntersecting) show(known);
    else hide(known);
  }
}

/** @param {IntersectionObserverEntry[]} entries */
function chunkMoved(entries) {
  for (const { target, isIntersecting } of entries) {
    const chunk = chunks.get(target);
    if (!chunk || chunk.near === isIntersecting) continue;
    chunk.near = isIntersecting;
    for (const code of chunk.codes) {
      if (isIntersecting) observer?.observe(code);
      else leave(code);
    }
  }
}

/** @param {Element} code in a chunk that is far away */
function leave(code) {
  observer?.unobserve(code);
  const known = coloured.get(code);
  if (!known) return;
  known.near = false;
  hide(known);
}

/** @param {Coloured} known */
function show({ text, spans, shown }) {
  for (const { start, end, scope } of spans) {
    if (end > text.length) continue;
    // A live Range would be updated at every change of the document.
    const range = new StaticRange({ startContainer: text, startOffset: start, endContainer: text, endOffset: end });
    highlight(scope).add(range);
    shown.push({ range, scope });
  }
}

/** @param {Coloured} known */
function hide({ shown }) {
  for (const { range, scope } of shown.splice(0)) highlight(scope).delete(range);
}

/** @param {string} scope */
function highlight(scope) {
  const name = `hljs-${scope}`;
  const known = CSS.highlights.get(name);
  if (known) return known;
  const made = new Highlight();
  CSS.highlights.set(name, made);
  return made;
}

/** @param {(number | string)[]} values @returns {Span[]} */
function spansOf(values) {
  const spans = [];
  for (let i = 0; i + 2 < values.length; i += 3) {
    const [start, end, scope] = [Number(values[i]), Number(values[i + 1]), String(values[i + 2])];
    if (start < end && SCOPE.test(scope)) spans.push({ start, end, scope });
  }
  return spans;
}
