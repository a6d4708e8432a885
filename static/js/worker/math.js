/**
 * Formulas: \(…\), \[…\] and $$…$$ are kept as their source, before the escape and emphasis rules can eat their
 * backslashes and underscores. A single $ is money.
 */

const OPENERS = new Map([
  ["\\(", "\\)"],
  ["\\[", "\\]"],
  ["$$", "$$"],
]);

/**
 * A markdown-it plug-in that makes `math_inline` and `math_block` tokens; their content is the formula alone.
 *
 * @param {any} parser
 */
export function math(parser) {
  parser.inline.ruler.before("escape", "math", inlineMath);
  parser.block.ruler.before("paragraph", "math", blockMath, { alt: ["paragraph", "blockquote", "list"] });
}

/**
 * @param {any} state
 * @param {boolean} silent
 */
function inlineMath(state, silent) {
  const closer = OPENERS.get(state.src.slice(state.pos, state.pos + 2));
  if (!closer) return false;
  const start = state.pos + 2;
  // Once a closer is missing it is missing for every later opener too: without this, many openers would be quadratic.
  state.env.missing ??= new Map();
  const missing = state.env.missing.get(closer);
  if (missing && missing.src === state.src && start >= missing.from) return false;
  const end = state.src.indexOf(closer, start);
  if (end < 0) state.env.missing.set(closer, { src: state.src, from: start });
  if (end <= start || end >= state.posMax) return false;
  if (!silent) state.push("math_inline", "", 0).content = state.src.slice(start, end);
  state.pos = end + 2;
  return true;
}

/**
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {boolean} silent
 */
function blockMath(state, startLine, endLine, silent) {
  if (state.sCount[startLine] - state.blkIndent >= 4) return false;
  const begin = state.bMarks[startLine] + state.tShift[startLine];
  const opener = state.src.slice(begin, begin + 2);
  if (opener !== "$$" && opener !== "\\[") return false;
  const closer = /** @type {string} */ (OPENERS.get(opener));
  for (let line = startLine; line < endLine; line += 1) {
    if (line > startLine && (state.isEmpty(line) || state.sCount[line] < state.blkIndent)) return false;
    const from = line === startLine ? begin + 2 : state.bMarks[line];
    const end = state.src.indexOf(closer, from);
    if (end < 0 || end >= state.eMarks[line]) continue;
    // Words after the formula make it part of a paragraph.
    if (state.src.slice(end + 2, state.eMarks[line]).trim()) return false;
    if (silent) return true;
    const token = state.push("math_block", "", 0);
    token.content = state.getLines(startLine, line + 1, state.blkIndent, false).trim().slice(2, -2).trim();
    token.map = [startLine, line + 1];
    state.line = line + 1;
    return true;
  }
  return false;
}
