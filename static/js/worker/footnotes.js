/**
 * Footnotes: `[^label]` is a reference, `[^label]: text` at the beginning of a block is the note. Growing shows the notes
 * after the text. Notes are numbered in the order of their
 * first mention, be that the reference or the note, so that numbers never change while an answer grows.
 */

/**
 * @typedef {{ [key: string]: number }} Numbers by key of a label; a growing document's later pieces inherit the earlier ones
 * @typedef {{ number: number, key: string }} Meta
 */

/** No label is longer; a bracket that stays open for longer is only a bracket. */
export const MOST_LABEL_CHARS = 60;
const REFERENCE = new RegExp(`\\[\\^([^\\s\\[\\]]{1,${MOST_LABEL_CHARS}})\\]`, "y");
const DEFINITION = new RegExp(`\\[\\^([^\\s\\[\\]]{1,${MOST_LABEL_CHARS}})\\]:[ \\t]*`, "y");

/** Labels are names that people chose: none of them may be `__proto__`. @param {string} label */
const keyOf = (label) => `:${label.toLowerCase()}`;

/**
 * A markdown-it plug-in that makes `note_open`, `note_close` and `note_reference` tokens with a number in their `meta`.
 * It reads and writes `env.notes`; with `env.growing` a reference counts before its note has come.
 *
 * @param {any} parser
 */
export function footnotes(parser) {
  parser.block.ruler.before("reference", "note", note, { alt: ["paragraph", "reference"] });
  parser.inline.ruler.after("image", "note_reference", reference);
  parser.core.ruler.push("note_numbers", numberAll);
}

/**
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {boolean} silent
 */
function note(state, startLine, endLine, silent) {
  if (state.sCount[startLine] - state.blkIndent >= 4) return false;
  const begin = state.bMarks[startLine] + state.tShift[startLine];
  DEFINITION.lastIndex = begin;
  const found = DEFINITION.exec(state.src);
  if (!found || begin + found[0].length > state.eMarks[startLine]) return false;
  if (silent) return true;
  const key = keyOf(found[1] ?? "");
  state.env.said ??= new Set();
  state.env.said.add(key);
  const opening = state.push("note_open", "", 1);
  opening.meta = { key, number: 0 };
  opening.map = [startLine, startLine];

  // The rest of the line is the note's first line, indented like what may follow it.
  const before = { mark: state.bMarks[startLine], shift: state.tShift[startLine], count: state.sCount[startLine], parent: state.parentType };
  state.bMarks[startLine] = begin + found[0].length;
  state.tShift[startLine] = 0;
  state.blkIndent += 4;
  state.sCount[startLine] = state.blkIndent;
  state.parentType = "footnote";
  state.md.block.tokenize(state, startLine, endLine);
  state.parentType = before.parent;
  state.blkIndent -= 4;
  state.bMarks[startLine] = before.mark;
  state.tShift[startLine] = before.shift;
  state.sCount[startLine] = before.count;

  opening.map[1] = state.line;
  state.push("note_close", "", -1);
  return true;
}

/** @param {any} state @param {boolean} silent */
function reference(state, silent) {
  if (state.src.charCodeAt(state.pos) !== 0x5b || state.src.charCodeAt(state.pos + 1) !== 0x5e) return false;
  REFERENCE.lastIndex = state.pos;
  const found = REFERENCE.exec(state.src);
  const key = keyOf(found?.[1] ?? "");
  if (!found || !(state.env.growing || state.env.said?.has(key))) return false;
  if (!silent) state.push("note_reference", "", 0).meta = { key, number: 0 };
  state.pos += found[0].length;
  return true;
}

/** @param {any} state */
function numberAll({ tokens, env }) {
  /** @type {Numbers} */ const numbers = (env.notes ??= Object.create(null));
  for (const token of tokens) {
    if (token.type === "note_open") number(token.meta, numbers);
    for (const child of token.children ?? []) if (child.type === "note_reference") number(child.meta, numbers);
  }
}

const COUNT = "count";

/** @param {Meta} meta @param {Numbers} numbers */
function number(meta, numbers) {
  let known = numbers[meta.key];
  if (known === undefined) {
    known = (numbers[COUNT] ?? 0) + 1;
    numbers[COUNT] = known;
    numbers[meta.key] = known;
  }
  meta.number = known;
}
