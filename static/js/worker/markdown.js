/**
 * Turns Markdown into the trees that dom/play.js grows. markdown-it reads the text (HTML stays text, except a few bare tags);
 * this file only translates its tokens. CommonMark with GFM's tables, strikethrough, task lists, footnotes and links from
 * plain addresses, and with emphasis that works beside Chinese, Japanese and Korean punctuation.
 */
import MarkdownIt from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";
import { endAddresses } from "./addresses.js";
import { cites } from "./cites.js";
import { isDisguised } from "./disguise.js";
import { nestedFences } from "./fences.js";
import { footnotes } from "./footnotes.js";
import { closeHalfOpen } from "./halfopen.js";
import { inert } from "./inert.js";
import { lenient } from "./lenient.js";
import { math } from "./math.js";

/** @import { Tree } from "../shared/port.js" */
/**
 * @typedef {{ markup: string, language: string }} FenceStart
 * @typedef {{ tree: Tree, line: number, fence: FenceStart | null }} Block `line` counts from the start of
 *   the source
 * @typedef {[string, Record<string, any> | null, ...any[]]} Node
 * @typedef {{ references?: Record<string, unknown>, notes?: import("./footnotes.js").Numbers,
 *   sources?: import("./cites.js").Sources, growing?: boolean, remarks?: boolean }} Env
 *   `growing`: the text may go on, so its last half-open markers are hidden; `remarks`: comments are shown
 * @typedef {{ type: string, tag: string, level: number, nesting: number, map: [number, number] | null, hidden: boolean,
 *   content: string, info: string, markup: string, children: Token[] | null, meta: any,
 *   attrGet(name: string): string | null }} Token the fields of markdown-it's token that this file reads
 */

const parser = new MarkdownIt({ html: false, linkify: true, typographer: false });
// Without a scheme "setup.py" and "README.md" would be links to Paraguay and Moldova.
parser.linkify.set({ fuzzyLink: false });
endAddresses(parser.linkify);
parser.use(cjkFriendly);
parser.use(math);
parser.use(footnotes);
parser.use(inert);
parser.use(nestedFences);
parser.use(lenient);
parser.use(cites);
parser.core.ruler.after("block", "half_open", (state) => {
  if (/** @type {any} */ (state.env).growing !== true) return;
  const last = state.tokens.findLast((token) => token.type === "inline" && token.content !== "");
  const block = state.tokens.findLast((token) => token.map && token.level === 0);
  // A table's cells have no line numbers; in a table that goes on, the last cell may be the one that is being written.
  const inTable = block?.type === "table_open" || state.tokens.at(-1)?.type === "table_close";
  if (last && (inTable ? !last.map : last.map?.[1] === block?.map?.[1])) last.content = closeHalfOpen(last.content);
  // All of its text is withheld: an empty paragraph would open a space that closes again.
  if (last?.content === "" && state.tokens.at(-2) === last && state.tokens.at(-1)?.type === "paragraph_close" && last.level === 1) state.tokens.splice(-3);
});

/**
 * The top-level blocks of a text.
 *
 * @param {string} source with \n line ends
 * @param {Env} [env] carries link references from one piece of a document to the next
 * @returns {Block[]}
 */
export function parseBlocks(source, env = {}) {
  const tokens = /** @type {Token[]} */ (/** @type {unknown} */ (parser.parse(source, /** @type {any} */ (env))));
  /** @type {Block[]} */ const blocks = [];
  const root = node("root", null);
  const open = [root];
  for (const token of tokens) {
    const parent = /** @type {Node} */ (open.at(-1));
    step(open, parent, token);
    if (token.type === "list_item_close") markTask(/** @type {Node} */ (open.at(-1)));
    if (token.level === 0 && token.nesting >= 0 && token.map) {
      blocks.push({ tree: root[blocks.length + 2], line: token.map[0], fence: fenceStart(token) });
    }
  }
  return blocks;
}

/**
 * Adds the link references a piece of a document defines to `references`.
 *
 * @param {string} source whole top-level blocks
 * @param {Record<string, unknown>} references
 */
export function collectReferences(source, references) {
  if (source.includes("]:")) parser.block.parse(source, parser, /** @type {any} */ ({ references }), []);
}

/** Tokens that open an element without fields, and the element's name. */
const PLAIN = new Map([
  ["paragraph_open", "p"],
  ["bullet_list_open", "ul"],
  ["list_item_open", "li"],
  ["blockquote_open", "blockquote"],
  ["table_open", "table"],
  ["thead_open", "thead"],
  ["tbody_open", "tbody"],
  ["tr_open", "tr"],
  ["strong_open", "strong"],
  ["em_open", "em"],
  ["s_open", "del"],
  ["details_open", "details"],
  ["summary_open", "summary"],
]);

const ALIGN = new Map([
  ["text-align:left", "start"],
  ["text-align:center", "center"],
  ["text-align:right", "end"],
]);

/** @param {Token} token @returns {[string, Record<string, any> | null]} */
function opening(token) {
  switch (token.type) {
    case "heading_open":
      return [token.tag, null];
    case "ordered_list_open": {
      const start = token.attrGet("start");
      return ["ol", start === null ? null : { start: Number(start) }];
    }
    case "th_open":
    case "td_open": {
      const align = ALIGN.get(token.attrGet("style") ?? "");
      return [token.tag, align ? { align } : null];
    }
    case "link_open":
      return ["link", { href: token.attrGet("href") ?? "", ...(token.info === "auto" ? { bare: true } : {}) }];
    case "tag_open":
      return [token.tag, null];
    case "note_open":
      return ["note", { number: token.meta.number }];
    default:
      return [PLAIN.get(token.type) ?? "span", null];
  }
}

/** @param {Token} token @returns {Tree[]} */
function leaf(token) {
  switch (token.type) {
    case "inline":
      return inline(token.children ?? []);
    case "fence":
      return [["code", { language: languageOf(token.info) }, withoutLastNewline(token.content)]];
    case "code_block":
      return [["code", { language: "" }, withoutLastNewline(token.content)]];
    case "math_block":
      return [["math", { tex: token.content, block: true }]];
    case "math_inline":
      return [["math", { tex: token.content, block: token.meta.block }]];
    case "note_reference":
      return [["reference", { number: token.meta.number }]];
    case "cite":
      return [["cite", token.meta]];
    case "hr":
      return [["hr", null]];
    case "hardbreak":
      return [["br", null]];
    case "softbreak":
      return ["\n"];
    case "code_inline":
      return [["codespan", null, token.content]];
    case "image":
      return [["image", { alt: token.content, src: token.attrGet("src") ?? "" }]];
    default:
      return token.content ? [token.content] : [];
  }
}

/** @param {Token[]} tokens @returns {Tree[]} */
function inline(tokens) {
  const root = node("root", null);
  const open = [root];
  for (const token of tokens) step(open, /** @type {Node} */ (open.at(-1)), token);
  return root.slice(2);
}

/**
 * Takes one token into the tree that is being built.
 *
 * @param {Node[]} open the nodes from the root down to the one that is being built
 * @param {Node} parent the last of them
 * @param {Token} token
 */
function step(open, parent, token) {
  if (token.nesting === -1) {
    const closed = /** @type {Node} */ (open.pop());
    if (token.type === "link_close" && isDisguised(closed.slice(2), closed[1]?.href)) closed[1] = { ...closed[1], disguised: true };
  }
  else if (token.nesting === 0) for (const tree of leaf(token)) push(parent, tree);
  else if (token.hidden) open.push(parent);
  else {
    const made = node(...opening(token));
    parent.push(made);
    open.push(made);
  }
}

/**
 * @param {string} kind
 * @param {Record<string, any> | null} fields
 * @returns {Node}
 */
const node = (kind, fields) => [kind, fields];

/**
 * Appends a tree; neighbouring strings become one, so that a tree has the same shape however the text was cut.
 *
 * @param {Node} parent
 * @param {Tree} tree
 */
function push(parent, tree) {
  const last = parent.length - 1;
  if (typeof tree === "string" && last >= 2 && typeof parent[last] === "string") parent[last] += tree;
  else parent.push(tree);
}

/** @param {Node} list the list in whose last item a task may have to be marked */
function markTask(list) {
  const item = /** @type {Node} */ (list.at(-1));
  const holder = Array.isArray(item[2]) && item[2][0] === "p" ? item[2] : item;
  const text = holder[2];
  if (typeof text !== "string") return;
  const found = /^\[([ xX])\][ \n]/.exec(text);
  if (!found) return;
  item[1] = { task: true };
  holder.splice(2, 1, ["task", { checked: found[1] !== " " }], text.slice(3));
}

/** @param {string} info */
const languageOf = (info) => parser.utils.unescapeAll(info).trim().split(/\s/, 1)[0] ?? "";

/** @param {string} content */
const withoutLastNewline = (content) => (content.endsWith("\n") ? content.slice(0, -1) : content);

/** @param {Token} token @returns {FenceStart | null} */
function fenceStart(token) {
  return token.type === "fence" ? { markup: token.markup, language: languageOf(token.info) } : null;
}
