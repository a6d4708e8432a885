/**
 * What models write against the letter of GFM, and what everybody reads rightly nevertheless: bars in the code and the
 * formulas of a table's cells, a delimiter row with too few or too many columns, a bullet list that is indented by two
 * spaces under "1.", and a link whose address has spaces. Each is read as it was meant only where GFM's own reading
 * would be plain text or a torn table.
 */
import { dollarEnd, nextOf, openerAt } from "./math.js";

/** @param {any} parser */
export function lenient(parser) {
  // By the name that it is registered with: the name of its function is another one once the page is built.
  const { fn: table } = parser.block.ruler.__rules__.find((/** @type {{ name: string }} */ rule) => rule.name === "table");
  parser.block.ruler.at("table", (/** @type {any[]} */ ...args) => readTable(table, ...args), { alt: ["paragraph", "reference"] });
  parser.block.ruler.before("list", "bullets_under_numbers", bulletsUnderNumbers);
  parser.inline.ruler.after("link", "spaced_link", spacedLink);
}

/** Stands for a bar that separates no cells; a noncharacter, which no text has. */
const BAR = "\ufdd0";

/**
 * Lets the table's rule read a source of the same length, without the bars that separate no cells.
 *
 * @param {Function} table markdown-it's rule
 * @param {any[]} args its arguments
 */
function readTable(table, ...args) {
  const [state, startLine, endLine, silent] = args;
  const rows = rowsFrom(state, startLine, endLine);
  const { src, tokens } = state;
  const first = tokens.length;
  const begin = state.bMarks[startLine];
  const end = state.eMarks[startLine + rows.length - 1] ?? begin;
  const growing = state.env.growing && end === src.length;
  const read = rows.map((row, at) => withoutInnerBars(row, growing && at === rows.length - 1, state.env));
  if (read.length > 1) read[1] = fitted(read[1] ?? "", read[0] ?? "");
  const changed = read.join("\n");
  if (changed === src.slice(begin, end)) return table(state, startLine, endLine, silent);
  state.src = src.slice(0, begin) + changed + src.slice(end);
  const found = table(state, startLine, endLine, silent);
  state.src = src;
  for (const token of tokens.slice(first)) if (token.content.includes(BAR)) token.content = token.content.replaceAll(BAR, "|");
  return found;
}

const DELIMITERS = /^[ \t>]*\|[-:| \t]*-[-:| \t]*$/;

/**
 * The lines of what may be a table: the first line and those after it that have bars.
 *
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @returns {string[]} none if the second line delimits no columns
 */
function rowsFrom(state, startLine, endLine) {
  /** @type {string[]} */ const rows = [];
  for (let line = startLine; line < endLine; line += 1) {
    const row = state.src.slice(state.bMarks[line], state.eMarks[line]);
    if (!row.includes("|") || (line === startLine + 1 && !DELIMITERS.test(row))) break;
    rows.push(row);
  }
  return rows.length > 1 ? rows : [];
}

/**
 * @param {string} row
 * @param {boolean} growing its last code may not be closed yet
 * @param {any} env
 */
function withoutInnerBars(row, growing, env) {
  if (!/[`$\\]/.test(row)) return row;
  let read = "";
  let at = 0;
  while (at < row.length) {
    const end = innerEnd(row, at, growing, env);
    read += row.slice(at, end).replace(end > at + 2 ? /(?<!\\)\|/g : /$^/, BAR);
    at = end;
  }
  return read;
}

/**
 * Where the code or the formula that begins at this point of a row ends, or the next character.
 *
 * @param {string} row
 * @param {number} at
 * @param {boolean} growing
 * @param {any} env
 */
function innerEnd(row, at, growing, env) {
  const char = row[at];
  if (char === "`") {
    const run = /^`+/.exec(row.slice(at))?.[0] ?? "`";
    let end = row.indexOf(run, at + run.length);
    while (end >= 0 && row[end + run.length] === "`") end = row.indexOf(run, end + run.length + 1);
    if (end >= 0) return end + run.length;
    return growing ? row.length : at + run.length;
  }
  const opening = char === "\\" || char === "$" ? openerAt(row, at) : null;
  if (opening) {
    const end = nextOf(env, row, opening.closer, at + opening.opener.length);
    return end < 0 ? at + 2 : end + opening.closer.length;
  }
  if (char === "\\") return Math.min(at + 2, row.length);
  const end = char === "$" ? dollarEnd(row, at) : -1;
  // Between two sums of money stands a bar, too; a formula with one has a sign that shows what it is.
  return end >= 0 && /[\\^_={(]/.test(row.slice(at, end)) ? end + 1 : at + 1;
}

/**
 * A delimiter row with as many columns as the head and of the same length, if that can be.
 *
 * @param {string} row
 * @param {string} head
 */
function fitted(row, head) {
  const indent = /^[ \t>]*/.exec(row)?.[0] ?? "";
  if (!head.trimStart().replace(/^>\s*/, "").startsWith("|")) return row;
  const columns = cellsOf(row).map((cell) => cell.trim().replace(/-+/, "-"));
  const count = cellsOf(head).length;
  if (columns.length === count || columns.includes("")) return row;
  while (columns.length < count) columns.push("-");
  const short = `${indent}|${columns.slice(0, count).join("|")}|`;
  return short.length <= row.length ? short.padEnd(row.length) : row;
}

/** @param {string} row */
const cellsOf = (row) => row.replace(/^[ \t>]*\|/, "").replace(/\|?\s*$/, "").split(/(?<!\\)\|/);

const NUMBER = /^(\d{1,9}[.)])( {1,4}|$)/;
const BULLET = /^[-*+](?:[ \t]|$)/;

/**
 * Indents bullets under a number so far that they belong to its item: by CommonMark they need three spaces, models write two.
 * It only moves lines, and leaves the list to markdown-it's rule.
 *
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {boolean} silent
 */
function bulletsUnderNumbers(state, startLine, endLine, silent) {
  if (silent) return false;
  const indent = state.sCount[startLine];
  let content = 0;
  let moved = 0;
  for (let line = startLine; line < endLine; line += 1) {
    if (state.isEmpty(line)) continue;
    const text = state.src.slice(state.bMarks[line] + state.tShift[line], Math.min(state.eMarks[line], state.bMarks[line] + state.tShift[line] + 16));
    if (state.sCount[line] <= indent) {
      const number = state.sCount[line] === indent ? NUMBER.exec(text) : null;
      if (!number) break;
      content = indent + number[0].length;
      moved = 0;
    }
    else {
      if (moved === 0 && state.sCount[line] < content && BULLET.test(text)) moved = content - state.sCount[line];
      state.sCount[line] += moved;
    }
  }
  return false;
}

/**
 * [text](https://example.org/a b): by CommonMark a space ends an address. Only addresses with a scheme are read so.
 *
 * @param {any} state
 * @param {boolean} silent
 */
function spacedLink(state, silent) {
  if (state.src[state.pos] !== "[" || state.linkLevel > 0 || nextOf(state.env, state.src, "](http", state.pos) < 0) return false;
  const labelEnd = state.md.helpers.parseLinkLabel(state, state.pos, true);
  if (labelEnd < 0) return false;
  ADDRESS.lastIndex = labelEnd + 1;
  const found = ADDRESS.exec(state.src);
  if (!found || ADDRESS.lastIndex > state.posMax) return false;
  const href = state.md.normalizeLink(String(found[1]).replace(/ /g, "%20"));
  if (!state.md.validateLink(href)) return false;
  if (!silent) {
    const max = state.posMax;
    state.pos += 1;
    state.posMax = labelEnd;
    state.push("link_open", "a", 1).attrs = [["href", href]];
    state.linkLevel += 1;
    state.md.inline.tokenize(state);
    state.linkLevel -= 1;
    state.push("link_close", "a", -1);
    state.posMax = max;
  }
  state.pos = labelEnd + 1 + found[0].length;
  return true;
}

/** No quotation mark, which would begin a title, and brackets in pairs. */
const ADDRESS = /\((https?:\/\/(?:[^\s()<>"]|\([^\s()<>"]*\)| (?=\S))+)\)/y;
