/**
 * THE gate: through this module alone text of models and people becomes DOM. It plays the worker's ops and grows nodes of
 * a closed list of kinds (kinds.js, with what they are made of in blocks.js and cards.js); each sets its attributes by
 * name after checking the value, and text is written through `textContent` alone. Nothing here parses anything.
 *
 * Ops, played in order on a message's body. A path is a list of child indexes from the body down; for a kind with a
 * card around its content (code, table, reasoning, tool …) the children are those of the content, not of the card.
 *   ["reset"]                    empty the body
 *   ["cut", path, count]         keep the first `count` children, remove the others
 *   ["add", path, ...nodes]      append nodes
 *   ["text", path, string]       append to the text node at path
 *   ["set", path, fields]        change what the card of a part says
 *   ["paint", path, from, spans] colour the code at path: spans [start, end, scope …], UTF-16 offsets; from `from` on
 * Node: a string, or [kind, fields | null, ...nodes].
 *
 * Parts, the body's children:
 *   prose {}             Markdown blocks; of a long answer, those after the 40th sit in chunks (chunks.js)
 *   plain {}             text of a part of unknown type
 *   reasoning {thinking, seconds, hidden, peek}
 *   tool {name, status, open}, in it arguments {} and result {error}; status: calling | running | waiting | done |
 *                        failed | unanswered
 *   rest {count}  unseen {}: in a tool's card, below a result
 *   refusal {}  seam {note | why, attempt, of}  unknown {type}
 *   picture {id, name, width, height}  sound {id, name}  file {id, name, size}  problem {name, problem}
 *   sources {count | bare}, in it source {number, title, href}; all of these also in a tool's card
 * Inside prose:
 *   code {language}  table {}  task {checked}  image {alt, src}  math {tex, block}  link {href, disguised, bare}
 *   reference {number}  note {number}  cite {number, href, title}
 *   p h1…h6 ul ol li blockquote hr br strong em del sub sup kbd u mark details summary codespan thead tbody tr th td
 * Highlights: ::highlight(hljs-<scope>), see worker/highlight.js for the scopes.
 */
import { appendTo, childAt, cutTo } from "./chunks.js";
import { KINDS } from "./kinds.js";
import { element } from "./make.js";
import { paint, unpaint } from "./paint.js";

/** @import { Op, Path, Tree } from "../shared/port.js" */

/** The element inside a card that has the children. @type {WeakMap<Node, HTMLElement>} */
const inners = new WeakMap();
/** @type {WeakMap<Node, (fields: import("./make.js").Fields) => void>} */
const setters = new WeakMap();

/**
 * Applies ops to the body of a message.
 *
 * @param {HTMLElement} container
 * @param {Op[]} ops
 * @throws {RangeError} when a path leads nowhere: the container is not the one the ops were made for; link.js then asks
 *   the worker for the whole body
 */
export function play(container, ops) {
  for (const op of ops) {
    switch (op[0]) {
      case "reset":
        clear(container);
        break;
      case "cut":
        cut(inner(at(container, op[1])), op[2]);
        break;
      case "add":
        growInto(inner(at(container, op[1])), op);
        break;
      case "text":
        textAt(container, op[1]).appendData(op[2]);
        break;
      case "set":
        setters.get(at(container, op[1]))?.(op[2]);
        break;
      case "paint":
        colour(container, op);
        break;
    }
  }
}

/**
 * Colours come later than their code, which may have left the page in the meantime.
 *
 * @param {HTMLElement} container
 * @param {["paint", Path, number, (number | string)[]]} op
 */
function colour(container, [, path, from, spans]) {
  let text;
  try {
    text = textAt(container, [...path, 0]);
  } catch {
    return;
  }
  paint(text, from, spans);
}

/**
 * Empties a body and removes its highlights; also to be called before a message's element is dropped.
 *
 * @param {HTMLElement} container
 */
export function clear(container) {
  cut(container, 0);
}

/**
 * @param {HTMLElement} container
 * @param {Path} path
 * @returns {Node}
 */
function at(container, path) {
  /** @type {Node} */ let node = container;
  for (const index of path) {
    const child = childAt(inner(node), index);
    if (!child) throw new RangeError(`no node at ${path.join("/")}`);
    node = child;
  }
  return node;
}

/**
 * @param {HTMLElement} container
 * @param {Path} path
 * @returns {Text}
 */
function textAt(container, path) {
  const node = at(container, path);
  if (node.nodeType !== 3) throw new RangeError(`no text at ${path.join("/")}`);
  return /** @type {Text} */ (node);
}

/** @param {Node} node */
const inner = (node) => inners.get(node) ?? /** @type {HTMLElement} */ (node);

/** @param {HTMLElement} parent @param {number} count */
function cut(parent, count) {
  cutTo(parent, count, unpaint);
}

/** A tree as nodes. Recursion is safe: the worker's parser nests at most 100 deep. @param {Tree} tree @returns {Node} */
function grow(tree) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [kind, fields] = tree;
  const make = KINDS.get(kind);
  // A node of an unknown kind still has its text: an old page with a newer worker loses form, never words.
  const { outer, inner: content, set } = make ? make(fields ?? {}) : { outer: element("span") };
  if (content) inners.set(outer, content);
  if (set) setters.set(outer, set);
  growInto(content ?? outer, tree);
  return outer;
}

/** @param {HTMLElement} parent @param {any[]} from an op or a tree: what grows begins with its third item */
function growInto(parent, from) {
  for (let i = 2; i < from.length; i += 1) appendTo(parent, grow(from[i]));
}
