/** What a person sees of a message, as HTML for the clipboard of a word processor. Reads the document, changes nothing. */

/** Elements that mean something elsewhere, too; of all others only the content is taken. */
const TAGS = new Set("p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code table thead tbody tr th td a strong em del sub sup kbd u mark br hr details summary".split(" "));
const LEFT_OUT = "button, figcaption, input, svg, script, style, iframe, [aria-hidden=true], .seam, .reasoning, .tool-card, .image-blocked__host, .link__host";

/**
 * @param {Element} body of a message, or a part of it
 * @returns {string}
 */
export function richTextOf(body) {
  const holder = document.createElement("div");
  holder.append(...[...body.childNodes].flatMap(plainer));
  return new XMLSerializer().serializeToString(holder).replace(/ xmlns="[^"]*xhtml"/g, "");
}

/** @param {Node} node @returns {Node[]} */
function plainer(node) {
  if (node.nodeType === 3) return [node.cloneNode()];
  if (node.nodeType !== 1) return [];
  const element = /** @type {Element} */ (node);
  if (element.matches(LEFT_OUT)) return [];
  if (element.classList.contains("math")) return [formulaOf(element)];
  const children = [...element.childNodes].flatMap(plainer);
  const tag = element.tagName.toLowerCase();
  if (!TAGS.has(tag)) return children;
  const made = document.createElement(tag);
  if (tag === "a") made.setAttribute("href", element.getAttribute("href") ?? "");
  if (tag === "ol" && element.hasAttribute("start")) made.setAttribute("start", element.getAttribute("start") ?? "1");
  const box = element.classList.contains("task-item") ? element.querySelector("input") : null;
  if (box) made.append(box.hasAttribute("checked") ? "☑ " : "☐ ");
  made.append(...children);
  return [made];
}

/** MathML, which Word reads; its source where the formula is not typeset yet. @param {Element} formula @returns {Node} */
function formulaOf(formula) {
  const drawn = formula.querySelector("math");
  if (drawn) {
    const copy = /** @type {Element} */ (drawn.cloneNode(true));
    copy.querySelector("annotation")?.remove();
    return copy;
  }
  return document.createTextNode(formula.querySelector(".math__source")?.textContent ?? "");
}
