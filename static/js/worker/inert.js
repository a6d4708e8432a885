/**
 * The few tags of HTML that models write in the middle of Markdown because it has no sign for them, read as tokens and
 * never as HTML: <br>, pairs such as <sub>…</sub>, and <details> with its <summary>. They must be bare, without any
 * attribute. Comments are left out. Every other tag stays text.
 */
import { MOST_OPEN_CHARS, nextOf } from "./math.js";

/** Tags that come in pairs around inline text. */
export const PAIRS = ["sub", "sup", "kbd", "u", "mark"];
const PAIR = new RegExp(`<(${PAIRS.join("|")})>`, "iy");
const BREAK = /<br\s*\/?>/iy;
const COMMENT = "<!--";

/**
 * A markdown-it plug-in that makes `hardbreak`, `tag_open` and `tag_close` with the tag's name in `tag`, `details_open`,
 * `summary_open` and what closes them. With `env.growing`, what is still open ends with the text. With `env.remarks`, comments
 * stay text.
 *
 * @param {any} parser
 */
export function inert(parser) {
  parser.inline.ruler.before("autolink", "inert", inlineTag);
  parser.block.ruler.before("lheading", "comment", blockComment, { alt: ["paragraph", "blockquote", "list"] });
  parser.block.ruler.before("lheading", "details", details, { alt: ["paragraph", "blockquote", "list"] });
}

/** @param {any} state @param {boolean} silent */
function inlineTag(state, silent) {
  if (state.src[state.pos] !== "<") return false;
  BREAK.lastIndex = state.pos;
  const found = BREAK.exec(state.src);
  if (found && BREAK.lastIndex <= state.posMax) {
    if (!silent) state.push("hardbreak", "br", 0);
    state.pos += found[0].length;
    return true;
  }
  return comment(state) || pair(state, silent);
}

/** @param {any} state */
function comment(state) {
  if (state.env.remarks || !state.src.startsWith(COMMENT, state.pos)) return false;
  const end = nextOf(state.env, state.src, "-->", state.pos + COMMENT.length);
  if (end < 0 || end + 3 > state.posMax) return false;
  state.pos = end + 3;
  return true;
}

/** @param {any} state @param {boolean} silent */
function pair(state, silent) {
  PAIR.lastIndex = state.pos;
  const tag = PAIR.exec(state.src)?.[1];
  if (!tag) return false;
  const start = state.pos + tag.length + 2;
  const end = nextOf(state.env, state.src, `</${tag}>`, start);
  if (end < 0 || end + tag.length + 3 > state.posMax) return false;
  if (!silent) {
    const max = state.posMax;
    state.pos = start;
    state.posMax = end;
    state.push("tag_open", tag.toLowerCase(), 1);
    state.md.inline.tokenize(state);
    state.push("tag_close", tag.toLowerCase(), -1);
    state.posMax = max;
  }
  state.pos = end + tag.length + 3;
  return true;
}

/**
 * A comment that begins a line and has lines to itself.
 *
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {boolean} silent
 */
function blockComment(state, startLine, endLine, silent) {
  const begin = state.bMarks[startLine] + state.tShift[startLine];
  if (state.env.remarks || state.sCount[startLine] - state.blkIndent >= 4 || !state.src.startsWith(COMMENT, begin)) return false;
  const end = nextOf(state.env, state.src, "-->", begin + COMMENT.length);
  let line = startLine;
  if (end < 0) {
    if (!state.env.growing || state.src.length - begin > MOST_OPEN_CHARS) return false;
    line = endLine - 1;
  }
  else {
    while (line < endLine && state.eMarks[line] < end) line += 1;
    if (line === endLine || state.src.slice(end + 3, state.eMarks[line]).trim()) return false;
  }
  if (!silent) state.line = line + 1;
  return true;
}

const DETAILS = /^<details>/i;
const DETAILS_END = /<\/details>[ \t]*$/i;
const SUMMARY = /^<summary>(.*?)(?:<\/summary>|$)/i;
const FENCE = /^ {0,3}(```|~~~)/;

/**
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {boolean} silent
 */
function details(state, startLine, endLine, silent) {
  if (state.sCount[startLine] - state.blkIndent >= 4 || state.level >= state.md.options.maxNesting) return false;
  if (!DETAILS.test(lineOf(state, startLine))) return false;
  const last = closingLine(state, startLine, endLine);
  if (last < 0 && !state.env.growing) return false;
  if (silent) return true;
  const until = last < 0 ? endLine : last + 1;
  const opening = state.push("details_open", "details", 1);
  opening.map = [startLine, until];
  const before = { line: state.line, max: state.lineMax, parent: state.parentType, marks: state.bMarks[startLine], shift: state.tShift[startLine], end: state.eMarks[until - 1] };
  if (last >= 0) state.eMarks[last] = state.bMarks[last] + state.src.slice(state.bMarks[last], state.eMarks[last]).replace(DETAILS_END, "").length;
  skip(state, startLine, "<details>".length);
  state.parentType = "details";
  state.lineMax = until;
  const restore = summary(state, startLine, until);
  state.md.block.tokenize(state, startLine, until);
  restore();
  state.parentType = before.parent;
  state.lineMax = before.max;
  state.bMarks[startLine] = before.marks;
  state.tShift[startLine] = before.shift;
  state.eMarks[until - 1] = before.end;
  state.line = until;
  state.push("details_close", "details", -1);
  return true;
}

/**
 * Makes the tokens of a summary, where there is one, and takes it away from the lines that follow as blocks.
 *
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @returns {() => void} puts its line back
 */
function summary(state, startLine, endLine) {
  let line = startLine;
  while (line < endLine && !lineOf(state, line).trim()) line += 1;
  const found = line < endLine ? SUMMARY.exec(lineOf(state, line)) : null;
  const closed = /<\/summary>$/i.test(found?.[0] ?? "");
  if (!found || (!closed && !state.env.growing)) return () => {};
  state.push("summary_open", "summary", 1);
  const inline = state.push("inline", "", 0);
  inline.content = (found[1] ?? "").replace(/<\/?[a-z]*$/i, "").trim();
  inline.map = [line, line + 1];
  inline.children = [];
  state.push("summary_close", "summary", -1);
  const before = { marks: state.bMarks[line], shift: state.tShift[line] };
  skip(state, line, found[0].length);
  return () => {
    state.bMarks[line] = before.marks;
    state.tShift[line] = before.shift;
  };
}

/**
 * The line whose end closes the details that a line opens; those in code do not count.
 *
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 */
function closingLine(state, startLine, endLine) {
  if (nextOf(state.env, state.src, "</", state.bMarks[startLine]) < 0) return -1;
  let depth = 0;
  let fenced = false;
  for (let line = startLine; line < endLine; line += 1) {
    if (!state.isEmpty(line) && state.sCount[line] < state.blkIndent) return -1;
    const text = lineOf(state, line);
    if (FENCE.test(text)) fenced = !fenced;
    if (fenced) continue;
    if (DETAILS.test(text)) depth += 1;
    if (DETAILS_END.test(text) && (depth -= 1) === 0) return line;
  }
  return -1;
}

/** @param {any} state @param {number} line */
const lineOf = (state, line) => state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);

/**
 * Takes characters from the beginning of a line.
 *
 * @param {any} state
 * @param {number} line
 * @param {number} count after its indentation
 */
function skip(state, line, count) {
  let at = state.bMarks[line] + state.tShift[line] + count;
  while (at < state.eMarks[line] && /[ \t]/.test(state.src[at])) at += 1;
  state.bMarks[line] = at;
  state.tShift[line] = 0;
}
