/**
 * Formulas: \(…\), \[…\], $$…$$, $…$ and \begin{align}…\end{align} are read as source before the escape and emphasis
 * rules can remove their backslashes and underscores. Text between single dollars is a formula by Pandoc's rule: there is
 * no space inside the marks and no digit after the last one; sums of money and names of variables stay text.
 */

const OPENERS = new Map([
  ["\\(", "\\)"],
  ["\\[", "\\]"],
  ["$$", "$$"],
]);
/** Environments that KaTeX knows and that models write without any mark around them; the first of them stand alone. */
const DISPLAYED = ["equation", "align", "alignat", "gather", "CD"];
const PLACED = "aligned alignedat gathered split array darray subarray cases rcases dcases drcases matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix".split(" ");
const ENVIRONMENT = new RegExp(`\\\\begin\\{(${[...DISPLAYED, ...PLACED].join("|")})(\\*?)\\}`, "y");
/** Text that stays open for longer than this is not a formula, and is shown. */
export const MOST_OPEN_CHARS = 2000;
/** A longer formula is not typeset either; this also bounds how far the end of each beginning is looked for. */
const MOST_BLOCK_CHARS = 5000;
/** The same for a single dollar, which begins a sum or a shell's variable more often than a long formula. */
const MOST_DOLLAR_CHARS = 120;

/**
 * A markdown-it plug-in that makes `math_inline` and `math_block` tokens; their content is the formula alone.
 *
 * @param {any} parser
 */
export function math(parser) {
  parser.inline.ruler.before("escape", "math", inlineMath);
  // Before underlined headings: a line of a formula may be a lone "=".
  parser.block.ruler.before("lheading", "math", blockMath, { alt: ["paragraph", "blockquote", "list"] });
}

/**
 * What may open a formula at this point, apart from a single dollar.
 *
 * @param {string} text
 * @param {number} at
 * @returns {{ opener: string, closer: string, bare: boolean, block: boolean } | null} `bare`: an environment, whose marks
 *   are part of the formula
 */
export function openerAt(text, at) {
  const opener = text.slice(at, at + 2);
  const closer = OPENERS.get(opener);
  if (closer) return { opener, closer, bare: false, block: opener !== "\\(" };
  if (opener !== "\\b") return null;
  ENVIRONMENT.lastIndex = at;
  const found = ENVIRONMENT.exec(text);
  if (!found) return null;
  return { opener: found[0], closer: `\\end{${found[1]}${found[2]}}`, bare: true, block: DISPLAYED.includes(found[1] ?? "") };
}

/**
 * Where a mark comes next. The last answer for each mark is remembered: without it, many beginnings of formulas would take
 * quadratic time.
 *
 * @param {any} env of the parser
 * @param {string} text
 * @param {string} mark
 * @param {number} from
 * @returns {number} -1 for nowhere
 */
export function nextOf(env, text, mark, from) {
  env.marks ??= new Map();
  const known = env.marks.get(mark);
  if (known && known.text === text && known.from <= from && (known.at < 0 || known.at >= from)) return known.at;
  const at = text.indexOf(mark, from);
  env.marks.set(mark, { text, from, at });
  return at;
}

/** @param {any} state @param {boolean} silent */
function inlineMath(state, silent) {
  const opening = openerAt(state.src, state.pos);
  if (!opening) return dollarMath(state, silent);
  const start = state.pos + opening.opener.length;
  const end = nextOf(state.env, state.src, opening.closer, start);
  if (end <= start || end >= state.posMax) return false;
  // Escaped brackets around a number or words are brackets: "\\[1\\]", "\\(optional\\)".
  if ((opening.opener === "\\[" && NOTE.test(state.src.slice(start, end))) || BRACKETED.test(state.src.slice(start, end))) return false;
  const after = end + opening.closer.length;
  if (!silent) {
    const token = state.push("math_inline", "", 0);
    token.content = opening.bare ? state.src.slice(state.pos, after) : state.src.slice(start, end);
    token.meta = { block: opening.block };
  }
  state.pos = after;
  return true;
}

const NOTE = /^\d{1,3}(?:[,–-]\s?\d{1,3})*$/;
const BRACKETED = /^\p{Ll}{4,}$|^\p{L}{2,}(?: \p{L}{2,})+$/u;

/** @param {any} state @param {boolean} silent */
function dollarMath(state, silent) {
  const escaped = state.src.startsWith("\\$", state.pos);
  if (!escaped && state.src[state.pos] !== "$") return false;
  const end = escaped ? escapedEnd(state) : dollarEnd(state.src, state.pos);
  const width = escaped ? 2 : 1;
  if (end < 0 || end + width > state.posMax) return false;
  if (!silent) {
    const token = state.push("math_inline", "", 0);
    token.content = state.src.slice(state.pos + width, end);
    token.meta = { block: false };
  }
  state.pos = end + width;
  return true;
}

/**
 * Where a formula between escaped dollars ends: some models escape all of them. It must have a sign of TeX.
 *
 * @param {any} state
 */
function escapedEnd({ env, src, pos }) {
  const end = nextOf(env, src, "\\$", pos + 2);
  const formula = src.slice(pos + 2, Math.min(end, pos + MOST_DOLLAR_CHARS));
  const isFormula = end > 0 && end - pos < MOST_DOLLAR_CHARS && /^[^\s\d$`][^$`\n]*$/.test(formula) && /[\\^_]/.test(formula);
  return isFormula && !/\s$/.test(formula) && !WORDS.test(formula) && !NAME.test(src.slice(end + 2, end + 4)) ? end : -1;
}

/** "US$5" and "10$-20$" are money; "设$x$为" and "f$x$" are formulas. */
const BEFORE_SUM = /[A-Za-z\d$\\]/;
/** A number first, and then words: "$5 and 10$". */
const SUM = /^\d[^\\^_=<>{}]*\p{L}{2}/u;
/** Two words one after the other and no sign of TeX: "$USD and CAD$". */
const WORDS = /^[^\\^_=<>{}+]*\p{Script=Latin}{2,}\s+\p{Script=Latin}{2,}[^\\^_=<>{}+]*$/u;
/** "$HOME/$USER": what follows the second dollar is a variable's name, too. */
const NAME = /^([A-Z_]{2}|\{)/;

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
  if (end < 0 || /\s/.test(text[end - 1] ?? "") || /[\d$]/.test(text[end + 1] ?? "") || NAME.test(text.slice(end + 1, end + 3))) return -1;
  const formula = text.slice(at + 1, end);
  return /^[)\]},;]|\($/.test(formula) || SUM.test(formula) || WORDS.test(formula) || formula.includes("\n\n") || formula.includes("`") ? -1 : end;
}

/**
 * Whether a dollar that is not closed yet may begin a formula.
 *
 * @param {string} text
 * @param {number} at the index of the dollar
 */
export function mayOpenDollar(text, at) {
  if (at === text.length - 1) return !/[\p{L}\p{N}$\\]/u.test(text[at - 1] ?? " ");
  const rest = text.slice(at + 1, at + MOST_DOLLAR_CHARS + 2);
  if (!opensDollar(text, at) || rest.length > MOST_DOLLAR_CHARS || rest.includes("$") || rest.includes("`")) return false;
  return !/^\d/.test(rest) || /^\d[\d.,]*(\s*[\^_\\{=+<>]|$)/.test(rest);
}

/** @param {string} text @param {number} at */
function opensDollar(text, at) {
  const next = text[at + 1] ?? " ";
  if (/[\s$]/.test(next)) return false;
  const before = text[at - 1] ?? " ";
  return !(/[\d$\\]/.test(before) || (/[-\d.]/.test(next) && BEFORE_SUM.test(before)));
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
  const opening = openerAt(state.src, begin);
  if (!opening || opening.opener === "\\(") return false;
  const start = begin + opening.opener.length;
  const end = nextOf(state.env, state.src, opening.closer, start);
  if (end < 0 || end >= state.eMarks[endLine - 1]) return staysOpen(state, startLine, endLine, silent, opening.opener);
  const line = lastLine(state, startLine, endLine, end);
  if (line < 0) return false;
  const after = end + opening.closer.length;
  // Words after the formula make it part of a paragraph.
  if (state.src.slice(after, state.eMarks[line]).trim()) return false;
  const source = state.getLines(startLine, line + 1, state.blkIndent, false).trim();
  if (/\n\s*\n/.test(source) && !mayHoldBlankLines(opening.opener, source)) return false;
  if (silent) return true;
  const token = state.push("math_block", "", 0);
  // TeX ends a formula at a blank line; models mean a new line by it, or nothing within an environment.
  const inner = (opening.bare ? source : source.slice(2, -2)).trim();
  token.content = inner.replace(/\n(?:[ \t]*\n)+/g, inner.includes("\\begin{") ? "\n" : " \\\\\n");
  token.map = [startLine, line + 1];
  state.line = line + 1;
  return true;
}

/**
 * A formula whose end is still to come: nothing of it is shown, and its lines are neither lists nor headings.
 *
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {boolean} silent
 * @param {string} opener
 */
function staysOpen(state, startLine, endLine, silent, opener) {
  const begin = state.bMarks[startLine] + state.tShift[startLine];
  if (!state.env.growing || state.src.length - begin > MOST_OPEN_CHARS) return false;
  if (lastLine(state, startLine, endLine, state.src.length) < 0) return false;
  const source = state.src.slice(begin).trimEnd();
  if (/\n\s*\n/.test(source) && !mayHoldBlankLines(opener, `${source}\n$$`)) return false;
  if (!silent) state.line = endLine;
  return true;
}

/**
 * "$$" opens and closes: with blank lines inside, both must stand alone, or one that is missing would turn all the prose
 * between the formulas after it into formulas.
 *
 * @param {string} opener
 * @param {string} source
 */
const mayHoldBlankLines = (opener, source) => opener !== "$$" || /^\$\$[ \t]*\n[^]*\n[ \t]*\$\$$/.test(source);

/**
 * The line that a position is in, or -1 when a line before it ends the list or the quote that the formula began in, or when
 * it is too far away to belong to the same formula.
 *
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {number} at
 */
function lastLine(state, startLine, endLine, at) {
  if (at - state.bMarks[startLine] > MOST_BLOCK_CHARS) return -1;
  let line = startLine;
  while (line < endLine - 1 && state.eMarks[line] < at) {
    line += 1;
    if (!state.isEmpty(line) && state.sCount[line] < state.blkIndent) return -1;
  }
  return line;
}
