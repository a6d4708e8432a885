/** The kinds of node a body may have: a closed list, each with the function that makes it. */
import * as blocks from "./blocks.js";
import * as cards from "./cards.js";
import { chunk } from "./chunks.js";
import * as given from "./given.js";
import { element } from "./make.js";

/** @import { Fields, Made } from "./make.js" */

/** Elements without fields. Those that hold other blocks take their direction from the text in them. */
const BARE = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br", "strong", "em", "del", "thead", "tbody", "tr", "sub", "sup", "kbd", "u", "mark", "summary"];
const HOLDERS = ["ul", "blockquote", "details"];

/** @type {Map<string, (fields: Fields) => Made>} */
export const KINDS = new Map([
  ...BARE.map((tag) => entry(tag, () => ({ outer: element(tag) }))),
  ...HOLDERS.map((tag) => entry(tag, () => ({ outer: element(tag, "", "auto") }))),
  entry("ol", blocks.list),
  entry("li", ({ task }) => ({ outer: element("li", task ? "task-item" : "") })),
  entry("th", (fields) => blocks.cell("th", fields)),
  entry("td", (fields) => blocks.cell("td", fields)),
  entry("codespan", () => ({ outer: element("code", "", "ltr") })),
  entry("math", blocks.formula),
  entry("link", blocks.link),
  entry("image", blocks.image),
  entry("task", blocks.task),
  entry("table", blocks.table),
  entry("code", blocks.code),
  entry("reference", blocks.reference),
  entry("note", blocks.note),
  entry("cite", given.cite),
  entry("picture", given.picture),
  entry("sound", given.sound),
  entry("file", given.file),
  entry("problem", given.problem),
  entry("sources", given.sources),
  entry("source", given.source),
  entry("prose", prose),
  entry("plain", () => ({ outer: element("div", "plain-text") })),
  entry("refusal", () => ({ outer: element("p", "refusal", "auto") })),
  entry("seam", cards.seam),
  entry("unknown", cards.unknown),
  entry("reasoning", cards.reasoning),
  entry("tool", cards.tool),
  entry("arguments", cards.toolArguments),
  entry("result", cards.toolResult),
  entry("rest", cards.toolRest),
  entry("unseen", cards.unseen),
]);

/**
 * @param {string} kind
 * @param {(fields: Fields) => Made} make
 * @returns {[string, (fields: Fields) => Made]}
 */
function entry(kind, make) {
  return [kind, make];
}

/** @returns {Made} */
function prose() {
  const outer = element("div", "prose");
  chunk(outer);
  return { outer };
}
