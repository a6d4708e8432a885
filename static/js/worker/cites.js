/**
 * References to the sources of an answer: `[1]` in its text, where the answer has a source of that number. Everything else in
 * brackets stays what it is; `[1](…)` is a link.
 */

/** @typedef {Map<number, Record<string, any>>} Sources parts of type `source`, by their number */

const CITE = /\[(\d{1,3})\](?!\()/y;

/**
 * A markdown-it plug-in that makes `cite` tokens with `number`, `href` and `title` in their `meta`. It reads `env.sources`.
 *
 * @param {any} parser
 */
export function cites(parser) {
  parser.inline.ruler.before("link", "cite", cite);
}

/** @param {any} state @param {boolean} silent */
function cite(state, silent) {
  /** @type {Sources | undefined} */ const sources = state.env.sources;
  if (!sources?.size || state.linkLevel > 0 || state.src.charCodeAt(state.pos) !== 0x5b) return false;
  CITE.lastIndex = state.pos;
  const found = CITE.exec(state.src);
  const source = sources.get(Number(found?.[1]));
  if (!found || !source) return false;
  if (!silent) state.push("cite", "", 0).meta = { number: Number(found[1]), href: source.url ?? "", title: source.title ?? "" };
  state.pos += found[0].length;
  return true;
}
