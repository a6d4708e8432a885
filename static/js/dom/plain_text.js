/** What a person sees of a message, as plain text: headings, lists and tables without the marks of Markdown. */

/** Not text: controls, the head of a code block, and what is only for the eye, for example the glyphs of a formula. */
const LEFT_OUT = "button, figcaption, input, svg, script, style, [aria-hidden=true], .seam, .reasoning, .tool-card, .math__set, .image-blocked__host";
const BLOCKS = new Set(["P", "DIV", "H1", "H2", "H3", "H4", "H5", "H6", "UL", "OL", "BLOCKQUOTE", "PRE", "FIGURE", "TABLE", "HR", "SECTION", "DETAILS"]);

/**
 * @param {Element} body of a message
 * @returns {string}
 */
export function plainTextOf(body) {
  return blocksOf(body, "").join("\n\n").replace(/\n{3,}/g, "\n\n").trim();
}

/**
 * @param {Element} parent
 * @param {string} indent
 * @returns {string[]}
 */
function blocksOf(parent, indent) {
  /** @type {string[]} */
  const blocks = [];
  let line = "";
  const close = () => {
    const text = line.replace(/[ \t]+\n/g, "\n").trim();
    if (text) blocks.push(text);
    line = "";
  };
  for (const node of parent.childNodes) {
    if (!isBlock(node)) {
      line += inline(node);
      continue;
    }
    close();
    blocks.push(...blockText(/** @type {Element} */ (node), indent));
  }
  close();
  return blocks;
}

/**
 * @param {Element} block
 * @param {string} indent
 * @returns {string[]}
 */
function blockText(block, indent) {
  if (block.matches(LEFT_OUT)) return [];
  switch (block.tagName) {
    case "PRE":
      return [(block.textContent ?? "").replace(/\n$/, "")];
    case "UL":
    case "OL":
      return [items(block, indent).join("\n")];
    case "TABLE":
      return [[...block.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => inline(cell).trim()).join("\t")).join("\n")];
    default:
      return blocksOf(block, indent);
  }
}

/** @param {Element} list @param {string} indent */
function items(list, indent) {
  let number = Number(list.getAttribute("start") ?? 1);
  return [...list.children].map((item) => {
    const box = item.querySelector("input[type=checkbox]");
    const sign = box ? (box.hasAttribute("checked") ? "☑" : "☐") : list.tagName === "OL" ? `${number++}.` : "•";
    return `${indent}${sign} ${blocksOf(item, `${indent}  `).join(`\n`)}`;
  });
}

/** @param {Node} node */
function isBlock(node) {
  return node.nodeType === 1 && BLOCKS.has(/** @type {Element} */ (node).tagName);
}

/** @param {Node} node @returns {string} */
function inline(node) {
  if (node.nodeType === 3) return (node.textContent ?? "").replace(/\n/g, " ");
  if (node.nodeType !== 1) return "";
  const element = /** @type {Element} */ (node);
  if (element.matches(LEFT_OUT)) return "";
  if (element.tagName === "BR") return "\n";
  return [...element.childNodes].map(inline).join("");
}
