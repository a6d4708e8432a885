/** Small changes of the document that several elements need. */

/**
 * The one descendant that must be there: the templates put it there.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {{new (): T}} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const node = root.querySelector(selector);
  if (!(node instanceof kind)) throw new Error(`the page has no ${selector}`);
  return node;
}

/** A copy of a template's content. @param {string} id @returns {DocumentFragment} */
export function copyOf(id) {
  // Imported, not cloned: custom elements inside are alive at once.
  return document.importNode(find(document, `#${id}`, HTMLTemplateElement).content, true);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {string} [text]
 */
export function make(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

/**
 * Make `nodes` the children of `parent`, moving as few as possible: focus and scroll of the others stay.
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
}

/**
 * Run a change of the children of `parent` without losing the focus: if the control that has it goes or is hidden, the
 * focus moves to its counterpart in the child that takes its position, or else to that child.
 * @param {Element} parent its children can have the focus
 * @param {() => void} change
 */
export function keepFocus(parent, change) {
  const focused = document.activeElement;
  const child = [...parent.children].find((node) => node.contains(focused));
  if (!(focused instanceof HTMLElement) || !child) return change();
  const at = [...parent.children].indexOf(child);
  change();
  // The change may have moved the focus on purpose.
  if (document.activeElement !== focused && document.activeElement !== document.body) return;
  if (isUsable(focused)) return focused === document.activeElement ? undefined : focused.focus({ preventScroll: true });
  const instead = child.isConnected ? child : parent.children[at];
  const action = instead && focused.dataset.action;
  // At the first or the last version, only the button in the other direction is left.
  const names = action === "older" || action === "newer" ? [action, action === "older" ? "newer" : "older"] : [action];
  const counterpart = names.map((name) => instead?.querySelector(`[data-action="${name}"]`)).find((node) => node instanceof HTMLElement && isUsable(node));
  const next = counterpart ?? instead ?? parent.lastElementChild ?? document.getElementById("composer-text");
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}

/** Whether it is seen and can have the focus. @param {HTMLElement} node */
export const isUsable = (node) => node.getClientRects().length > 0 && !node.matches(":disabled");

/**
 * Write a text only where it differs, so that selections survive and nothing is laid out again.
 * @param {Element} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Hide or show a part only where that is a change: setting an attribute again makes the browser style all in it again.
 * @param {HTMLElement} node
 * @param {boolean} hidden
 */
export function hide(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/**
 * Set an attribute only where that is a change, for the same reason.
 * @param {Element} node
 * @param {string} name
 * @param {string} value
 */
export function put(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Initials on a tint, both from the name. @param {HTMLElement} node @param {string} name */
export function paintAvatar(node, name) {
  const words = name.trim().split(/[\s._-]+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  // Painted, not text: a name is said in full, and initials are no part of it.
  node.dataset.initials = letters.join("").toLocaleUpperCase();
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  node.style.setProperty("--hue", String((hash * 47) % 360));
}

/**
 * Put an open menu beside the control that opened it, inside the window.
 * @param {HTMLElement} menu
 * @param {HTMLElement} anchor
 * @param {"start" | "end"} side which edges are aligned
 */
export function placeAbove(menu, anchor, side) {
  const box = anchor.getBoundingClientRect();
  const left = side === "start" ? box.left : box.right - menu.offsetWidth;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.bottom = `${innerHeight - box.top + 10}px`;
}

/** Say something to people who listen to the page with a screen reader. @param {string} sentence */
export function announce(sentence) {
  const node = document.getElementById("announcer");
  if (node) node.textContent = sentence;
}
