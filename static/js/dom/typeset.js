/**
 * KaTeX, in a separate chunk. It builds elements, no HTML. The style attributes of its MathML, which the page's policy
 * refuses and nobody sees, are left out. It imports nothing of the page, so that the page stays one file.
 */
import katex from "katex";

/** Formulas come from models and people: no links, no classes, no files; sizes and expansions are bounded. */
const OPTIONS = { throwOnError: true, trust: false, strict: "ignore", maxExpand: 500, maxSize: 20, output: "htmlAndMathml" };

/**
 * @param {string} tex
 * @param {boolean} block
 * @returns {Node}
 * @throws {Error} when the formula cannot be read
 */
export function typeset(tex, block) {
  const tree = /** @type {any} */ (katex).__renderToDomTree(tex, { ...OPTIONS, displayMode: block });
  withoutStyles(tree);
  const drawn = document.createElement("span");
  drawn.className = "math__set";
  drawn.append(tree.toNode());
  return drawn;
}

/** Teaches it the commands of chemistry: \\ce and \\pu. */
export async function loadChemistry() {
  await import("katex/contrib/mhchem");
}

/** @param {unknown} error */
export function reasonOf(error) {
  const message = error instanceof katex.ParseError ? error.message.replace(/^KaTeX parse error: /, "") : "";
  return message.slice(0, 200) || "too deep or too large";
}

/** @param {{ attributes?: Record<string, string>, children?: any[] }} node of KaTeX's own tree */
function withoutStyles({ attributes, children }) {
  if (attributes) delete attributes.style;
  for (const child of children ?? []) withoutStyles(child);
}

/**
 * Copying gives a formula as it was written: while the browser reads the selection, the source replaces what is
 * drawn. Nothing is painted in between.
 */
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !event.clipboardData) return;
  const range = selection.getRangeAt(0);
  const within = /** @type {Element} */ (range.commonAncestorContainer.nodeType === 1 ? range.commonAncestorContainer : range.commonAncestorContainer.parentElement);
  const around = within.closest(".math--set");
  const touched = around ? [around] : [...within.querySelectorAll(".math--set")].filter((each) => range.intersectsNode(each));
  const [first] = touched;
  const last = touched.at(-1);
  if (!first || !last) return;
  if (first.contains(range.startContainer)) range.setStartBefore(first);
  if (last.contains(range.endContainer)) range.setEndAfter(last);
  const undo = touched.map(asSource);
  const html = document.createElement("div");
  html.append(range.cloneContents());
  for (const drawn of html.querySelectorAll(".math__set")) drawn.remove();
  event.clipboardData.setData("text/plain", selection.toString());
  event.clipboardData.setData("text/html", new XMLSerializer().serializeToString(html));
  event.preventDefault();
  for (const back of undo) back();
});

/** @param {Element} formula */
function asSource(formula) {
  const source = formula.querySelector(".math__source");
  const tex = source?.textContent ?? "";
  const mark = formula.classList.contains("math--block") ? "$$" : "$";
  if (source) source.textContent = `${mark}${tex}${mark}`;
  formula.classList.add("math--copied");
  return () => {
    formula.classList.remove("math--copied");
    if (source) source.textContent = tex;
  };
}
