/**
 * Formulas: \(…\), \[…\], $$…$$ and $…$ are read as source before the escape and emphasis rules can remove their
 * backslashes and underscores. Text between single dollars is a formula only where it cannot be money: as in Pandoc,
 * there is no space inside the marks and no digit after the last one.
 */

const OPENERS = new Map([
  ["\\(", "\\)"],
  ["\\[", "\\]"],
  ["$$", "$$"],
]);
/** Text that stays open for longer than this is not a formula, and is shown. */
export const MOST_OPEN_CHARS = 2000;
/** The same for a single dollar, which begins a sum or a shell's variable more often than a long formula. */
const MOST_DOLLAR_CHARS = 120;

/**
 * A markdown-it plug-in that makes `math_inline` and `math_block` tokens; their content is the formula alone.
 *
 * @param {any} parser
 */
export function math(parser) {
  parser.inline.ruler.before("escape", "math", inlineMath);
  parser.block.ruler.before("paragraph", "math", blockMath, { alt: ["paragraph", "blockquote", "list"] });
}

/** @param {any} state @param {boolean} silent */
function inlineMath(state, silent) {
  const opener = state.src.slice(state.pos, state.pos + 2);
  const closer = OPENERS.get(opener);
  if (!closer) return opener[0] === "$" && dollarMath(state, silent);
  const start = state.pos + 2;
  // A closer that is missing once is missing for every later opener, too; without this, many openers take quadratic time.
  state.env.missing ??= new Map();
  const missing = state.env.missing.get(closer);
  if (missing && missing.src === state.src && start >= missing.from) return false;
  const end = state.src.indexOf(closer, start);
  if (end < 0) state.env.missing.set(closer, { src: state.src, from: start });
  if (end <= start || end >= state.posMax) return false;
  if (!silent) {
    const token = state.push("math_inline", "", 0);
    token.content = state.src.slice(start, end);
    token.markup = opener;
  }
  state.pos = end + 2;
  return true;
}

/** @param {any} state @param {boolean} silent */
function dollarMath(state, silent) {
  const end = dollarEnd(state.src, state.pos);
  if (end < 0 || end >= state.posMax) return false;
  if (!silent) {
    const token = state.push("math_inline", "", 0);
    token.content = state.src.slice(state.pos + 1, end);
    token.markup = "$";
  }
  state.pos = end + 1;
  return true;
}

const BEFORE_DOLLAR = /[\p{L}\p{N}$\\]/u;
const AFTER_DOLLAR = /[\p{L}\p{N}$]/u;
/** "$5 and 10$" is money twice. */
const SUM = /^\d[\d.,]*\s/;

/**
 * Where the formula that a single dollar opens is closed.
 *
 * @param {string} text
 * @param {number} at the index of the dollar
 * @returns {number} the index of the closing dollar, or -1
 */
export function dollarEnd(text, at) {
  if (!opensDollar(text, at)) return -1;
  let end = text.indexOf("$", at + 1);
  while (end > 0 && text[end - 1] === "\\") end = text.indexOf("$", end + 1);
  if (end < 0 || /\s/.test(text[end - 1] ?? "") || AFTER_DOLLAR.test(text[end + 1] ?? "")) return -1;
  const formula = text.slice(at + 1, end);
  return SUM.test(formula) || formula.includes("\n\n") || formula.includes("`") ? -1 : end;
}

/**
 * Whether a dollar that is not closed yet may begin a formula.
 *
 * @param {string} text
 * @param {number} at the index of the dollar
 */
export function mayOpenDollar(text, at) {
  if (at === text.length - 1) return at === 0 || !BEFORE_DOLLAR.test(text[at - 1] ?? "");
  const rest = text.slice(at + 1, at + MOST_DOLLAR_CHARS + 2);
  if (!opensDollar(text, at) || rest.length > MOST_DOLLAR_CHARS || rest.includes("$") || rest.includes("`")) return false;
  return !/^\d/.test(rest) || /^\d[\d.,]*([\^_\\{=]|$)/.test(rest);
}

/** @param {string} text @param {number} at */
function opensDollar(text, at) {
  const next = text[at + 1] ?? " ";
  return !/[\s$]/.test(next) && (at === 0 || !BEFORE_DOLLAR.test(text[at - 1] ?? ""));
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
  // Its end is still to come, so nothing of it is shown, and its lines are neither lists nor headings.
  if (!state.env.growing || state.src.length - begin > MOST_OPEN_CHARS) return false;
  if (!silent) state.line = endLine;
  return true;
}
