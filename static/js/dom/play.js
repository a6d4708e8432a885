/**
 * THE gate: the only module in which text of models and people becomes DOM. It knows a closed list of node kinds, sets
 * each attribute by name after checking its value, and writes text through `textContent` alone. It parses nothing.
 *
 * Ops, played in order on a message's body. A path is a list of child indexes from the body down; for a kind with a
 * frame around its content (code, table, reasoning, tool …) the children are those of the content, not of the frame.
 *   ["reset"]                    empty the body
 *   ["cut", path, count]         keep the first `count` children, remove the others
 *   ["add", path, ...nodes]      append nodes
 *   ["text", path, string]       append to the text node at path
 *   ["set", path, fields]        change what the frame of a part says
 *   ["paint", path, from, spans] colour the code at path: spans [start, end, scope …], UTF-16 offsets; from `from` on
 * Node: a string, or [kind, fields | null, ...nodes].
 *
 * Parts, the body's children, and the class names the style sheet may use:
 *   prose {}                     <div class="prose"> Markdown blocks; of a long answer, the blocks after the 40th are in
 *                                <div class="prose"> elements of 40 each inside it (chunks.js)
 *   plain {}                     <div class="plain-text"> <p> of a person's text, white-space: pre-wrap
 *   reasoning {thinking, seconds, hidden, peek}   <details class="reasoning"> <summary class="reasoning__summary">
 *                                <span class="reasoning__label"> <bdi class="reasoning__peek"> </summary>
 *                                <div class="reasoning__text">; reasoning--thinking while it goes on
 *   tool {name, status, open}    <section class="tool-card tool-card--<status>"> <details class="tool-card__details">
 *                                <summary class="tool-card__head"> <span class="tool-card__name"> <span
 *                                class="tool-card__status"> </summary> <div class="tool-card__body">;
 *                                status: calling | running | waiting | done | failed | unanswered
 *     arguments {}               <pre class="tool-card__arguments"><code>
 *     result {error}             <pre class="tool-card__result"> (tool-card__result--error) <code>
 *   refusal {}                   <p class="refusal">
 *   seam {}                      <p class="seam">
 *   attachment {name, detail}    <p class="attachment"> <bdi class="attachment__name"> <span class="attachment__detail">
 *
 * Inside prose:
 *   code {language}              <figure class="code"> <figcaption class="code__bar"> <span class="code__language">
 *                                <button class="code__copy" type="button">Copy</button> </figcaption> <pre><code>
 *   table {}                     <div class="table-scroll"><table>; cells take align-start | align-center | align-end
 *   task {checked}               <input type="checkbox" disabled class="task">, its item has class "task-item"
 *   image {alt, host}            <span class="image-blocked"> <span class="image-blocked__host">
 *   math {block}                 <code class="math"> (math--block)
 *   link {href}                  <a>; an address with another scheme than http, https or mailto becomes a plain <span>
 *   p h1…h6 ul ol li blockquote hr br strong em del codespan thead tbody tr th td
 * Highlights: ::highlight(hljs-<scope>), see worker/highlight.js for the scopes.
 */
import { appendTo, childAt, chunk, cutTo } from "./chunks.js";
import { paint, unpaint } from "./paint.js";

/**
 * @typedef {number[]} Path
 * @typedef {string | [kind: string, fields: Record<string, any> | null, ...children: any[]]} Tree
 * @typedef {["reset"] | ["cut", Path, number] | ["add", Path, ...Tree[]] | ["text", Path, string]
 *   | ["set", Path, Record<string, any>] | ["paint", Path, number, (number | string)[]]} Op
 * @typedef {Record<string, any>} Fields
 * @typedef {{ outer: HTMLElement, inner?: HTMLElement, set?: (fields: Fields) => void }} Made
 */

/** Where a framed element keeps its children. @type {WeakMap<Node, HTMLElement>} */
const inners = new WeakMap();
/** @type {WeakMap<Node, (fields: Fields) => void>} */
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
 * Colours come late: the code they are for may have left the page in the meantime.
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
 * Empties a body and lets go of its highlights; also to be called before a message's element is thrown away.
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

/**
 * @param {HTMLElement} parent
 * @param {number} count
 */
function cut(parent, count) {
  cutTo(parent, count, unpaint);
}

/**
 * A tree as nodes. Recursion is safe: the worker's parser nests at most 100 deep.
 *
 * @param {Tree} tree
 * @returns {Node}
 */
function grow(tree) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [kind, fields] = tree;
  const make = KINDS.get(kind);
  // An unknown kind keeps its text: an old page with a newer worker loses form, never words.
  const { outer, inner: content, set } = make ? make(fields ?? {}) : { outer: element("span") };
  if (content) inners.set(outer, content);
  if (set) setters.set(outer, set);
  growInto(content ?? outer, tree);
  return outer;
}

/**
 * @param {HTMLElement} parent
 * @param {any[]} from an op or a tree: what grows begins at its third place
 */
function growInto(parent, from) {
  for (let i = 2; i < from.length; i += 1) appendTo(parent, grow(from[i]));
}

/** @type {Map<string, (fields: Fields) => Made>} */
const KINDS = new Map([
  ...["h1", "h2", "h3", "h4", "h5", "h6", "p"].map((tag) => entry(tag, () => ({ outer: element(tag, "", "auto") }))),
  ...["blockquote", "hr", "br", "strong", "em", "del", "ul", "thead", "tbody", "tr"].map((tag) =>
    entry(tag, () => ({ outer: element(tag) })),
  ),
  entry("ol", list),
  entry("li", ({ task }) => ({ outer: element("li", task ? "task-item" : "", "auto") })),
  entry("th", (fields) => cell("th", fields)),
  entry("td", (fields) => cell("td", fields)),
  entry("codespan", () => ({ outer: element("code") })),
  entry("math", ({ block }) => ({ outer: element("code", block ? "math math--block" : "math") })),
  entry("link", link),
  entry("image", image),
  entry("task", task),
  entry("table", table),
  entry("code", code),
  entry("prose", prose),
  entry("plain", () => ({ outer: element("div", "plain-text") })),
  entry("refusal", () => ({ outer: element("p", "refusal", "auto") })),
  entry("seam", () => ({ outer: element("p", "seam") })),
  entry("attachment", attachment),
  entry("reasoning", reasoning),
  entry("tool", tool),
  entry("arguments", () => boxed("tool-card__arguments")),
  entry("result", ({ error }) => boxed(error ? "tool-card__result tool-card__result--error" : "tool-card__result")),
]);

/**
 * @param {string} kind
 * @param {(fields: Fields) => Made} make
 * @returns {[string, (fields: Fields) => Made]}
 */
function entry(kind, make) {
  return [kind, make];
}

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {"auto" | "ltr"} [dir] right-to-left text must not drag its neighbours along
 * @returns {HTMLElement}
 */
function element(tag, className = "", dir) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (dir) made.dir = dir;
  return made;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} text
 */
function label(tag, className, text) {
  const made = element(tag, className);
  made.textContent = text;
  return made;
}

/** @returns {Made} */
function prose() {
  const outer = element("div", "prose");
  chunk(outer);
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
function list({ start }) {
  const outer = /** @type {HTMLOListElement} */ (element("ol"));
  if (Number.isSafeInteger(start) && start !== 1) outer.start = start;
  return { outer };
}

const ALIGNMENTS = new Set(["start", "center", "end"]);

/** @param {"th" | "td"} tag @param {Fields} fields @returns {Made} */
function cell(tag, { align }) {
  return { outer: element(tag, ALIGNMENTS.has(align) ? `align-${align}` : "", "auto") };
}

/** @param {Fields} fields @returns {Made} */
function link({ href }) {
  const address = safeAddress(href);
  if (!address) return { outer: element("span") };
  const outer = /** @type {HTMLAnchorElement} */ (element("a"));
  outer.href = address;
  outer.title = address;
  outer.rel = "noopener noreferrer nofollow";
  outer.target = "_blank";
  return { outer };
}

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * The address as the browser itself reads it, or null when its scheme is not allowed or it is relative: a model does
 * not know this site, and the same words must not lead into it.
 *
 * @param {unknown} href
 */
function safeAddress(href) {
  if (typeof href !== "string") return null;
  try {
    const url = new URL(href);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** @param {Fields} fields @returns {Made} a remote image is not loaded: asking for it would tell its server */
function image({ alt, host }) {
  const outer = label("span", "image-blocked", String(alt ?? ""));
  if (host) outer.append(label("span", "image-blocked__host", String(host)));
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
function task({ checked }) {
  const outer = /** @type {HTMLInputElement} */ (element("input", "task"));
  outer.type = "checkbox";
  outer.disabled = true;
  outer.toggleAttribute("checked", Boolean(checked));
  outer.setAttribute("aria-label", checked ? "Done" : "Not done");
  return { outer };
}

/** @returns {Made} */
function table() {
  const outer = element("div", "table-scroll");
  outer.tabIndex = 0;
  const content = element("table");
  outer.append(content);
  return { outer, inner: content };
}

/** @param {Fields} fields @returns {Made} */
function code({ language }) {
  const outer = element("figure", "code");
  const bar = element("figcaption", "code__bar");
  const copy = /** @type {HTMLButtonElement} */ (label("button", "code__copy", "Copy"));
  copy.type = "button";
  const name = label("span", "code__language", String(language ?? ""));
  bar.append(name, copy);
  const { outer: pre, inner: content } = boxed("");
  outer.append(bar, pre);
  return { outer, inner: content, set: (fields) => void (name.textContent = String(fields.language ?? "")) };
}

/** @param {string} className @returns {Required<Omit<Made, "set">>} */
function boxed(className) {
  const outer = element("pre", className, "ltr");
  const content = element("code");
  outer.append(content);
  return { outer, inner: content };
}

/** @param {Fields} fields @returns {Made} */
function attachment({ name, detail }) {
  const outer = element("p", "attachment");
  outer.append(label("bdi", "attachment__name", String(name ?? "")), label("span", "attachment__detail", String(detail ?? "")));
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
function reasoning(fields) {
  const outer = element("details", "reasoning");
  const summary = element("summary", "reasoning__summary");
  const content = element("div", "reasoning__text", "auto");
  const peeked = element("bdi", "reasoning__peek");
  const words = element("span", "reasoning__label");
  summary.append(words, peeked);
  outer.append(summary, content);
  /** @param {Fields} now */
  const set = ({ thinking, seconds, hidden, peek }) => {
    outer.classList.toggle("reasoning--thinking", Boolean(thinking));
    words.textContent = thinkingWords(Boolean(thinking), seconds, Boolean(hidden));
    peeked.textContent = String(peek ?? "");
  };
  set(fields);
  return { outer, inner: content, set };
}

/**
 * @param {boolean} thinking
 * @param {unknown} seconds
 * @param {boolean} hidden
 */
function thinkingWords(thinking, seconds, hidden) {
  if (thinking) return "Thinking";
  const lasted = typeof seconds === "number" && seconds >= 0 ? `Thought for ${Math.max(1, Math.round(seconds))} s` : "Thought";
  return hidden ? `${lasted} (kept back by the provider)` : lasted;
}

/** Status of a tool call -> the words on its card. */
const TOOL_WORDS = new Map([
  ["calling", "preparing"],
  ["running", "running"],
  ["waiting", "waiting for approval"],
  ["done", "done"],
  ["failed", "failed"],
  ["unanswered", "not run"],
]);

/** @param {Fields} fields @returns {Made} */
function tool(fields) {
  const outer = element("section", "tool-card");
  const details = /** @type {HTMLDetailsElement} */ (element("details", "tool-card__details"));
  const head = element("summary", "tool-card__head");
  const name = element("bdi", "tool-card__name");
  const status = element("span", "tool-card__status");
  const content = element("div", "tool-card__body");
  head.append(name, status);
  details.append(head, content);
  outer.append(details);
  details.open = Boolean(fields.open);
  /** @param {Fields} now */
  const set = (now) => {
    if (typeof now.name === "string") name.textContent = now.name;
    const words = TOOL_WORDS.get(now.status);
    if (words === undefined) return;
    status.textContent = words;
    outer.className = `tool-card tool-card--${now.status}`;
  };
  set(fields);
  return { outer, inner: content, set };
}
