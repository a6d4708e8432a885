/** What prose is made of beyond plain elements: code, tables, formulas, pictures, links, notes. */
import { say } from "../words/words.js";
import { offerDiagram } from "./diagrams.js";
import { offerFormula } from "./formulas.js";
import { boxed, button, element, label, safeAddress } from "./make.js";

/** @import { Fields, Made } from "./make.js" */

/** On a screen without hovering, every tool is shown from the beginning. */
const hovers = !globalThis.matchMedia?.("(hover: none)").matches;

/** @param {Fields} fields @returns {Made} */
export function code({ language }) {
  const outer = element("figure", "code");
  const bar = element("figcaption", "code__bar");
  const name = element("bdi", "code__language");
  const tools = element("span", "code__tools");
  tools.append(button("copy", "code__tool code__copy", say("Copy")));
  bar.append(name, tools);
  const { outer: pre, inner } = boxed("");
  pre.tabIndex = 0;
  outer.append(bar, pre);
  /** @param {Fields} now */
  const set = (now) => {
    name.textContent = String(now.language ?? "");
    outer.classList.toggle("code--untitled", !name.textContent);
    const known = tools.querySelector(".code__diagram");
    if (name.textContent.toLowerCase() !== "mermaid") known?.remove();
    else if (!known) tools.prepend(button("diagram", "code__tool code__diagram", say("Show diagram")));
    if (now.complete && tools.querySelector(".code__diagram")) offerDiagram(outer);
  };
  set({ language });
  if (!hovers) offerTools(outer);
  return { outer, inner, set };
}

/** @returns {Made} */
export function table() {
  const outer = element("div", "table");
  const scroller = element("div", "table-scroll");
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "group");
  scroller.setAttribute("aria-label", say("Table"));
  const inner = element("table", "", "auto");
  scroller.append(inner);
  outer.append(scroller, element("div", "table__tools"));
  if (!hovers) offerTools(outer);
  return { outer, inner };
}

/**
 * Tools that are rarely needed are made when somebody comes near: a long answer has hundreds of blocks, and thousands more
 * elements made each of its flushes a millisecond longer.
 *
 * @param {Element} block code or a table
 */
export function offerTools(block) {
  const table = block.querySelector(".table__tools");
  if (table?.childElementCount === 0) {
    table.append(
      button("table-copy", "table__tool", say("Copy table")),
      button("table-markdown", "table__tool", say("Copy as Markdown")),
      button("table-csv", "table__tool", say("Copy as CSV")),
      button("table-save", "table__tool", say("Download CSV")),
    );
  }
  const tools = block.querySelector(".code__tools");
  if (!tools || tools.querySelector(".code__tool--quiet")) return;
  const wrap = button("wrap", "code__tool code__tool--quiet", say("Wrap"));
  wrap.setAttribute("aria-pressed", "false");
  wrap.title = say("Break long lines");
  // They come last in the order of Tab; the style sheet shows them first, where they move nothing.
  tools.append(wrap, button("download", "code__tool code__tool--quiet", say("Download")));
}

const ALIGNMENTS = new Set(["start", "center", "end"]);

/** @param {"th" | "td"} tag @param {Fields} fields @returns {Made} */
export function cell(tag, { align }) {
  return { outer: element(tag, ALIGNMENTS.has(align) ? `align-${align}` : "") };
}

/** @param {Fields} fields @returns {Made} its source, until it is typeset */
export function formula({ tex, block }) {
  const source = String(tex ?? "");
  const outer = element("span", block ? "math math--block" : "math", "ltr");
  // It scrolls by itself, so the keyboard must reach it.
  if (block) outer.tabIndex = 0;
  outer.append(label("code", "math__source", source));
  offerFormula(outer, { tex: source, block: Boolean(block) });
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
export function link({ href, disguised, bare }) {
  const address = safeAddress(href);
  if (!address) return { outer: element("span") };
  const outer = /** @type {HTMLAnchorElement} */ (element("a"));
  outer.href = address.href;
  outer.title = address.href;
  outer.rel = "noopener noreferrer nofollow";
  outer.target = "_blank";
  if (bare) outer.classList.add("link--bare");
  if (!disguised) return { outer };
  // The words look like another address than the one they lead to, so the true one is shown, too.
  const inner = element("span");
  outer.append(inner, label("bdi", "link__host", address.host));
  return { outer, inner };
}

/** @param {Fields} fields @returns {Made} a picture of another site is not loaded, because its server would see the request */
export function image({ alt, src }) {
  const outer = element("span", "image-blocked");
  outer.append(label("bdi", "image-blocked__alt", String(alt ?? "") || say("Image")));
  const address = safeAddress(src);
  if (!address?.host) return { outer };
  const note = label("span", "image-blocked__host", say("{host} will see your request", { host: address.host }));
  const load = button("image", "image-blocked__load", say("Load image"));
  load.setAttribute("data-address", address.href);
  load.title = address.href;
  outer.append(note, load);
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
export function task({ checked }) {
  const outer = /** @type {HTMLInputElement} */ (element("input", "task"));
  outer.type = "checkbox";
  outer.disabled = true;
  outer.toggleAttribute("checked", Boolean(checked));
  outer.setAttribute("aria-label", checked ? say("Done") : say("Not done"));
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
export function list({ start }) {
  const outer = /** @type {HTMLOListElement} */ (element("ol", "", "auto"));
  if (Number.isSafeInteger(start) && start !== 1) outer.start = start;
  return { outer };
}

/** @param {Fields} fields @returns {Made} the mark in a text that refers to a note */
export function reference({ number }) {
  const outer = element("sup", "reference");
  const to = button("note", "reference__number", String(Number(number)));
  to.setAttribute("aria-label", say("Note {number}", { number: Number(number) }));
  outer.append(to);
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
export function note({ number }) {
  const outer = element("div", "note");
  outer.tabIndex = -1;
  outer.setAttribute("role", "note");
  const back = button("back", "note__number", String(Number(number)));
  back.setAttribute("aria-label", say("Note {number}, back to the text", { number: Number(number) }));
  const inner = element("div", "note__text", "auto");
  outer.append(back, inner);
  return { outer, inner };
}
