/** Turns a table of an answer into text again, to be copied. Reads the document, changes nothing. */

/** A spreadsheet would read such a cell as a formula; chat/review/export.py has the same rule. Numbers stay numbers. */
const FORMULA = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%]/u;
const NUMBER = /^[+-]?\d[\d.,]*%?$/;
const ALIGNMENTS = { "align-start": ":--", "align-center": ":-:", "align-end": "--:" };

/** @param {HTMLTableElement} table */
export function asMarkdown(table) {
  const [head, ...rows] = [...table.rows];
  if (!head) return "";
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |\n`;
  const cellsOf = (/** @type {HTMLTableRowElement} */ row) => [...row.cells].map((cell) => markdownOf(cell).trim());
  const marks = [...head.cells].map(({ className }) => ALIGNMENTS[/** @type {keyof typeof ALIGNMENTS} */ (className)] ?? "---");
  return line(cellsOf(head)) + line(marks) + rows.map((row) => line(cellsOf(row))).join("");
}

/** @param {HTMLTableElement} table @returns {string} lines end as RFC 4180 says */
export function asCsv(table) {
  return [...table.rows].map((row) => `${[...row.cells].map((cell) => csvCell(plainOf(cell).trim())).join(",")}\r\n`).join("");
}

/** @param {HTMLTableElement} table @returns {string} cells between tabs, as spreadsheets take them from the clipboard */
export function asTabs(table) {
  return [...table.rows].map((row) => `${[...row.cells].map((cell) => inert(plainOf(cell).trim()).replace(/\s+/g, " ")).join("\t")}\n`).join("");
}

/** @param {HTMLTableElement} table @returns {string} a table of HTML with nothing but its words */
export function asHtml(table) {
  const made = document.createElement("table");
  for (const { cells } of table.rows) {
    const row = document.createElement("tr");
    for (const cell of cells) {
      const plain = document.createElement(cell.tagName.toLowerCase());
      plain.textContent = inert(plainOf(cell).trim());
      row.append(plain);
    }
    made.append(row);
  }
  return new XMLSerializer().serializeToString(made).replace(/ xmlns="[^"]*xhtml"/g, "");
}

/** @param {string} text */
const inert = (text) => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

/** @param {string} text */
function csvCell(text) {
  const safe = inert(text);
  return /[",\r\n]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The marks around the text of each element. @type {Record<string, string>} */
const MARKS = { STRONG: "**", EM: "*", DEL: "~~" };

/** @param {Node} node @returns {string} */
function markdownOf(node) {
  // Not "[": escaped, it would begin a formula; what closes it is escaped instead.
  if (node.nodeType === 3) return (node.nodeValue ?? "").replace(/[\\|*_`\]~$<]/g, "\\$&").replace(/\n/g, " ");
  const element = /** @type {HTMLElement} */ (node);
  if (element.classList.contains("math")) return formulaOf(element).replaceAll("|", "\\|");
  const inner = () => [...element.childNodes].map(markdownOf).join("");
  switch (element.tagName.toUpperCase()) {
    case "CODE":
      return codeOf(element.textContent ?? "");
    case "BR":
      return "<br>";
    case "BUTTON":
      return "";
    case "A":
      return `[${markdownOf(withoutHost(element))}](<${element.getAttribute("href")}>)`;
    default: {
      const mark = MARKS[element.tagName.toUpperCase()] ?? "";
      return `${mark}${inner()}${mark}`;
    }
  }
}

/** @param {Node} node @returns {string} */
function plainOf(node) {
  if (node.nodeType === 3) return node.nodeValue ?? "";
  const element = /** @type {HTMLElement} */ (node);
  if (element.classList.contains("math")) return formulaOf(element);
  if (element.tagName.toUpperCase() === "BR") return "\n";
  if (element.tagName.toUpperCase() === "BUTTON" || element.classList.contains("link__host")) return "";
  return [...element.childNodes].map(plainOf).join("");
}

/** @param {HTMLElement} formula */
function formulaOf(formula) {
  const mark = formula.classList.contains("math--block") ? "$$" : "$";
  return `${mark}${formula.querySelector(".math__source")?.textContent ?? ""}${mark}`;
}

/** A link whose true host is shown beside its words. @param {HTMLElement} link */
function withoutHost(link) {
  const copy = /** @type {HTMLElement} */ (link.cloneNode(true));
  copy.querySelector(".link__host")?.remove();
  const words = document.createElement("span");
  words.append(...copy.childNodes);
  return words;
}

/** @param {string} code */
function codeOf(code) {
  const longest = Math.max(0, ...(code.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = code.startsWith("`") || code.endsWith("`") ? " " : "";
  return `${fence}${space}${code.replaceAll("|", "\\|")}${space}${fence}`;
}
