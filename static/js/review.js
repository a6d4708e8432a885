/**
 * The reviewer's page: the stored text is there without this script; it shows Markdown as the conversation shows it,
 * with the same parser (in a worker) and the same gate into the DOM. A message is rendered when it comes near the screen.
 */
import { trustWorkerUrl } from "./browser/trusted.js";
import { diagramsDrawn } from "./dom/diagrams.js";
import { formulasDrawn } from "./dom/formulas.js";
import { play } from "./dom/play.js";
import { serveTools } from "./dom/tools.js";

/** Longer text stays plain: a message that has a page to itself may have megabytes. */
const MOST_CHARS = 400_000;
/** Text is rendered this far before it comes into view, so that nothing grows under the reader's eyes. */
const AHEAD = "1500px 0px";
/** What is printed is rendered as a whole. */
const isPrinted = document.documentElement.dataset.print !== undefined;

const url = document.documentElement.dataset.workerUrl;
serveTools();
if (url && typeof IntersectionObserver !== "undefined") begin(url);

/** @param {string} workerUrl */
function begin(workerUrl) {
  const worker = new Worker(/** @type {any} */ (trustWorkerUrl(workerUrl)), { type: "module", name: "review" });
  /** Texts by their number, the worker's name for them. @type {HTMLElement[]} */
  const texts = [];
  /** @type {Set<number>} */ const rendered = new Set();
  let wanted = 0;
  worker.addEventListener("message", ({ data }) => {
    const text = texts[data.number];
    if (!text) return;
    text.classList.remove("plain-text");
    for (const more of followers(text)) more.remove();
    play(text, data.ops);
    rendered.add(data.number);
    if (isPrinted && rendered.size === wanted) void print();
  });
  /** @param {Element} text @returns {boolean} whether it will be rendered */
  const render = (text) => {
    const parts = [text, ...followers(text)].map(partOf);
    if (parts.reduce((chars, { text = "" }) => chars + text.length, 0) > MOST_CHARS) return false;
    worker.postMessage({ number: texts.push(/** @type {HTMLElement} */ (text)) - 1, parts, sources: sourcesOf(text), isPrinted });
    return true;
  };
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        render(target);
      }
    },
    { rootMargin: AHEAD },
  );
  /** @type {Set<Element>} */ const joined = new Set();
  for (const text of document.querySelectorAll("[data-markdown]")) {
    if (!joined.has(text)) {
      // Paper has no part that is out of sight.
      if (!isPrinted) near.observe(text);
      else if (render(text)) wanted += 1;
    }
    for (const more of followers(text)) joined.add(more);
  }
  if (isPrinted && wanted === 0) void print();
}

/** Everything is there: fonts, formulas, and then the browser's own dialog. */
async function print() {
  // Colours of code come as further messages.
  if (document.documentElement.dataset.print !== "") return;
  document.documentElement.dataset.print = "drawing";
  for (const details of document.querySelectorAll("details")) details.open = true;
  await formulasDrawn();
  await diagramsDrawn();
  await document.fonts.ready;
  document.documentElement.dataset.print = "ready";
  globalThis.print();
}

/** @param {Element | null} element */
function isSeam(element) {
  return element?.classList.contains("seam") ?? false;
}

/** The elements that continue a text after a seam: both sides of it are one document. @param {Element} text @returns {Element[]} */
function followers(text) {
  /** @type {Element[]} */ const found = [];
  let isBroken = false;
  for (let next = text.nextElementSibling; next; next = next.nextElementSibling) {
    // The model may have thought again before it went on.
    if (isBroken && next.classList.contains("reasoning")) continue;
    if (!isSeam(next) && !(isBroken && next.hasAttribute("data-markdown"))) break;
    isBroken = isSeam(next);
    found.push(next);
  }
  return found;
}

/** The sources of a text's message, which are listed beside it. @param {Element} text */
function sourcesOf(text) {
  return [...(text.parentElement?.querySelectorAll(":scope > .source[data-number]") ?? [])].map((source) => {
    const title = source.querySelector(".source__title");
    return { type: "source", number: Number(source.getAttribute("data-number")), title: title?.textContent ?? "", url: title?.getAttribute("href") ?? "" };
  });
}

/** @param {Element} element @returns {{ type: string, text?: string, note?: string }} */
function partOf(element) {
  const words = element.textContent ?? "";
  return isSeam(element) ? { type: "seam", note: words } : { type: "text", text: words };
}
