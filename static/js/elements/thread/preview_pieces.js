/**
 * What was read out of a file, cut into the pieces that its preview shows. The server writes a line such as `[Page 2]`,
 * `[Sheet 1: Costs]` or `[File a.py]` before each part, and tables as Markdown. Pure.
 */

/** @typedef {{kind: "heading", text: string, page: number}} Heading `page` is 0 unless it is one */
/** @typedef {{kind: "table", rows: string[][], left: number}} Table `left`: rows that are not shown */
/** @typedef {{kind: "text", text: string}} Text */
/** @typedef {{kind: "code", text: string, lines: number}} Code */
/** @typedef {Heading | Table | Text | Code} Piece */

/** A browser lays out a few thousand cells in a moment, a hundred thousand in seconds. */
const MAX_CELLS = 10_000;
const MAX_COLUMNS = 100;
const HEADING = /^\[((?:Page (\d+)|Sheet \d+: .*|Slide \d+|File .*))\]$/;
const RULE = /^\|(?: --- \|)+$/;

/** @param {{kind: string, name: string}} file @param {string} text @returns {Piece[]} */
export function piecesOf({ kind, name }, text) {
  if (kind !== "text") return parts(text);
  if (/\.(csv|tsv|tab)$/i.test(name)) return [tableOf(separated(text))];
  return [codeOf(text)];
}

/** @param {string} text @returns {Piece[]} */
function parts(text) {
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {string[]} */
  let prose = [];
  /** @type {string[][]} */
  let rows = [];
  const end = () => {
    const said = prose.join("\n").replace(/^\n+|\s+$/g, "");
    if (said) pieces.push({ kind: "text", text: said });
    if (rows.length) pieces.push(tableOf(rows));
    prose = [];
    rows = [];
  };
  for (const line of text.split("\n")) {
    const heading = HEADING.exec(line);
    const isRule = RULE.test(line);
    const isRow = !isRule && line.startsWith("| ") && line.endsWith(" |");
    if (heading || (isRow ? prose.length : rows.length && !isRule)) end();
    if (heading) pieces.push({ kind: "heading", text: heading[1] ?? "", page: Number(heading[2] ?? 0) });
    else if (isRow) rows.push(cellsOf(line));
    else if (!isRule) prose.push(line);
  }
  end();
  return pieces;
}

/** The cells of a row as the server writes them. @param {string} line */
function cellsOf(line) {
  /** @type {string[]} */
  const cells = [];
  let cell = "";
  const inner = line.slice(2, -1);
  for (let at = 0; at < inner.length; at += 1) {
    if (inner[at] === "\\" && at + 1 < inner.length) cell += inner[(at += 1)];
    else if (inner[at] === "|") {
      cells.push(cell.trim());
      cell = "";
    } else cell += inner[at];
  }
  return [...cells, cell.trim()];
}

/** @param {string[][]} rows @returns {Table} */
function tableOf(rows) {
  const widest = Math.min(MAX_COLUMNS, rows.reduce((most, row) => Math.max(most, row.length), 1));
  const shown = Math.max(2, Math.floor(MAX_CELLS / widest));
  return { kind: "table", rows: rows.slice(0, shown).map((row) => row.slice(0, widest)), left: Math.max(0, rows.length - shown) };
}

/** @param {string} text @returns {Code} */
function codeOf(text) {
  const whole = text.replace(/\n$/, "");
  return { kind: "code", text: whole, lines: whole.split("\n").length };
}

/** The rows of CSV (RFC 4180), whatever separates its cells. @param {string} text @returns {string[][]} */
export function separated(text) {
  const between = separatorOf(text);
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      const end = closing(text, at + 1);
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    const begin = at;
    while (at < text.length && text[at] !== between && text[at] !== "\n") at += 1;
    row.push(cell + text.slice(begin, at));
    if (text[at] !== between) {
      rows.push(row);
      row = [];
    } else if (at + 1 === text.length) row.push("");
    at += 1;
  }
  if (row.length) rows.push(row);
  return rows.filter((each) => each.some((cell) => cell.trim()));
}

/** The index of the quotation mark that ends a cell. @param {string} text @param {number} at */
function closing(text, at) {
  for (;;) {
    const mark = text.indexOf('"', at);
    if (mark < 0) return text.length;
    if (text[mark + 1] !== '"') return mark;
    at = mark + 2;
  }
}

/** What most often separates the cells of the first line. @param {string} text */
function separatorOf(text) {
  const line = text.slice(0, text.indexOf("\n") + 1 || text.length).replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t", "|"].map((sign) => ({ sign, count: line.split(sign).length }));
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).sign;
}
