/**
 * Colours code without adding a single element: the CSS Custom Highlight API paints spans of one Text node. Where the
 * browser does not have it, code stays plain.
 */

/** @typedef {{ start: number, range: StaticRange, scope: string }} Painted */

const SCOPE = /^[a-z][a-z_-]{0,30}$/;
/** Coloured text nodes and what is painted on them. @type {WeakMap<Text, Painted[]>} */
const painted = new WeakMap();

const supported = () => typeof Highlight !== "undefined" && typeof CSS !== "undefined" && "highlights" in CSS;

/**
 * Replaces the colours of a text from `from` on.
 *
 * StaticRange, because the browser keeps every live Range up to date at every change of the document.
 *
 * @param {Text} text
 * @param {number} from UTF-16 offset
 * @param {(number | string)[]} spans start, end, scope, start, end, scope …
 */
export function paint(text, from, spans) {
  if (!supported()) return;
  const marks = painted.get(text) ?? [];
  while (marks.length && /** @type {Painted} */ (marks.at(-1)).start >= from) unmark(/** @type {Painted} */ (marks.pop()));
  for (let i = 0; i + 2 < spans.length; i += 3) {
    const start = Number(spans[i]);
    const end = Number(spans[i + 1]);
    const scope = String(spans[i + 2]);
    if (!(start < end && end <= text.length) || !SCOPE.test(scope)) continue;
    const range = new StaticRange({ startContainer: text, startOffset: start, endContainer: text, endOffset: end });
    marks.push({ start, range, scope });
    highlight(scope).add(range);
  }
  painted.set(text, marks);
}

/**
 * Lets go of every colour inside a node that leaves the page; the registry would keep the node alive.
 *
 * @param {Node} node
 */
export function unpaint(node) {
  if (!supported()) return;
  const codes = node.nodeType === 1 ? /** @type {Element} */ (node).querySelectorAll("figure.code code") : [];
  for (const text of [node, ...[...codes].map((code) => code.firstChild)]) {
    if (text?.nodeType !== 3) continue;
    for (const mark of painted.get(/** @type {Text} */ (text)) ?? []) unmark(mark);
    painted.delete(/** @type {Text} */ (text));
  }
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

/** @param {Painted} mark */
function unmark({ range, scope }) {
  CSS.highlights.get(`hljs-${scope}`)?.delete(range);
}
