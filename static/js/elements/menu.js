/**
 * A menu: opened beside what it is about, walked through by arrows or by first letters, closed by Escape or a click
 * elsewhere. An item acts, leads to further items, or asks for a line of text.
 */

import { arrange, make } from "./dom.js";

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {boolean} [isText] it is only text
 * @property {boolean} [danger]
 * @property {boolean} [checked] one of several, of which one is chosen
 * @property {() => void} [act]
 * @property {() => Item[]} [items]
 * @property {{label: string, maxLength: number, button: string, answer: (text: string) => void}} [ask]
 */
/** @typedef {{label: string, anchor: HTMLElement, at: {x: number, y: number} | null, items: Item[]}} Menu */

const EDGE_PX = 8;
/** @type {HTMLElement | null} */
let shown = null;

/** @param {Menu} menu `at` is where the pointer is; without it, the menu is under the anchor's end */
export function openMenu({ label, anchor, at, items }) {
  const isOpen = shown !== null && anchor.hasAttribute("data-menu");
  shown?.hidePopover();
  if (isOpen) return;
  const node = make("div", "menu context-menu");
  // Not "auto": that closes when a finger is lifted, and this menu may have opened while the finger was down.
  node.setAttribute("popover", "manual");
  const ending = new AbortController();
  document.addEventListener("pointerdown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const isOpener = target && anchor.contains(target) && target.closest("[aria-haspopup]");
    if (!isOpener && !node.contains(target)) node.hidePopover();
  }, { capture: true, signal: ending.signal });
  node.setAttribute("aria-label", label);
  anchor.toggleAttribute("data-menu", true);
  if (anchor.hasAttribute("aria-haspopup")) anchor.setAttribute("aria-expanded", "true");
  node.addEventListener("keydown", (event) => key(event, node));
  // The focus goes back at once, so that the chosen action finds it where it was.
  node.addEventListener("beforetoggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open" || !node.contains(document.activeElement)) return;
    backFrom(anchor)?.focus({ preventScroll: true });
  });
  node.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") return;
    const isLost = document.activeElement === document.body;
    ending.abort();
    node.remove();
    anchor.removeAttribute("data-menu");
    if (anchor.hasAttribute("aria-haspopup")) anchor.setAttribute("aria-expanded", "false");
    if (shown === node) shown = null;
    if (isLost && anchor.isConnected) backFrom(anchor)?.focus({ preventScroll: true });
  });
  // In the landmark of what it is about, for people who navigate by landmarks.
  (anchor.closest("main, [role=navigation]") ?? document.body).append(node);
  shown = node;
  node.showPopover();
  fill(node, items);
  position(node, anchor, at);
}

/** @param {HTMLElement} node @param {Item[]} items */
function fill(node, items) {
  node.setAttribute("role", "menu");
  arrange(node, items.map((item) => (item.isText ? make("p", "context-menu__text", item.label) : button(node, item))));
  itemsIn(node)[0]?.focus();
}

/** @param {HTMLElement} node @param {Item} item */
function button(node, item) {
  const made = /** @type {HTMLButtonElement} */ (make("button", "menu__item context-menu__item"));
  const words = document.createElement("bdi");
  words.className = "context-menu__words";
  words.textContent = item.label;
  made.append(words);
  made.type = "button";
  made.tabIndex = -1;
  made.setAttribute("role", item.checked === undefined ? "menuitem" : "menuitemradio");
  if (item.checked !== undefined) made.setAttribute("aria-checked", String(item.checked));
  if (item.items) made.setAttribute("aria-haspopup", "menu");
  made.classList.toggle("context-menu__item--danger", Boolean(item.danger));
  made.addEventListener("click", () => {
    if (item.items) fill(node, item.items());
    else if (item.ask) question(node, item.ask);
    else {
      node.hidePopover();
      item.act?.();
    }
    if (node.isConnected) stayInside(node);
  });
  return made;
}

/** @param {HTMLElement} node @param {NonNullable<Item["ask"]>} ask */
function question(node, ask) {
  node.setAttribute("role", "dialog");
  const form = /** @type {HTMLFormElement} */ (make("form", "context-menu__form"));
  const input = /** @type {HTMLInputElement} */ (make("input", "input"));
  Object.assign(input, { type: "text", maxLength: ask.maxLength, autocomplete: "off", dir: "auto", placeholder: ask.label });
  input.setAttribute("aria-label", ask.label);
  const send = /** @type {HTMLButtonElement} */ (make("button", "button button--primary", ask.button));
  form.append(input, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    node.hidePopover();
    ask.answer(text);
  });
  arrange(node, [form]);
  input.focus();
}

/** @param {HTMLElement} anchor @returns {HTMLElement | null} the element that has the focus after its menu */
const backFrom = (anchor) => (anchor.matches("input, a, button") ? anchor : anchor.querySelector("input, a, button"));

/** @param {HTMLElement} node @returns {HTMLElement[]} */
const itemsIn = (node) => [.../** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll(".context-menu__item"))];

/** @param {KeyboardEvent} event @param {HTMLElement} node */
function key(event, node) {
  if (event.isComposing) return;
  event.stopPropagation();
  if (event.key === "Escape" || (event.key === "Tab" && node.getAttribute("role") === "menu")) {
    event.preventDefault();
    node.hidePopover();
    return;
  }
  if (node.getAttribute("role") !== "menu") return;
  const all = itemsIn(node);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = step(event.key, at, all);
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

/**
 * @param {string} pressed
 * @param {number} at
 * @param {HTMLElement[]} all
 */
function step(pressed, at, all) {
  if (pressed === "ArrowDown") return all[(at + 1) % all.length];
  if (pressed === "ArrowUp") return all.at(at - 1);
  if (pressed === "Home") return all[0];
  if (pressed === "End") return all.at(-1);
  if (pressed.length !== 1 || pressed === " ") return undefined;
  const begins = (/** @type {HTMLElement} */ node) => node.textContent?.toLocaleLowerCase().startsWith(pressed.toLocaleLowerCase());
  return [...all.slice(at + 1), ...all.slice(0, at + 1)].find(begins);
}

/**
 * @param {HTMLElement} node
 * @param {HTMLElement} anchor
 * @param {{x: number, y: number} | null} at
 */
function position(node, anchor, at) {
  const box = anchor.getBoundingClientRect();
  const isRtl = getComputedStyle(anchor).direction === "rtl";
  const left = at ? at.x : isRtl ? box.left : box.right - node.offsetWidth;
  const under = at ? at.y : box.bottom + 4;
  const fits = under + node.offsetHeight <= innerHeight - EDGE_PX;
  node.style.left = `${left}px`;
  node.style.top = `${fits || at ? under : box.top - 4 - node.offsetHeight}px`;
  stayInside(node);
}

/** @param {HTMLElement} node */
function stayInside(node) {
  const { left, top, width, height } = node.getBoundingClientRect();
  node.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  node.style.top = `${Math.max(EDGE_PX, Math.min(top, innerHeight - height - EDGE_PX))}px`;
}
