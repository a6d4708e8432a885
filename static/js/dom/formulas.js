/**
 * Formulas are typeset when they come near the visible part, by a library that is loaded with the first of them. Until then,
 * and when it cannot read one, a formula is its source. Once the library is there, new formulas of a growing answer are
 * typeset before they are first seen.
 */
import { say } from "../words/words.js";
import { aheadBy, keepScroll } from "./keep_scroll.js";

/** @typedef {{ tex: string, block: boolean }} Formula */
/** @typedef {typeof import("./typeset.js")} Typesetter */

/** Longer ones stay source: nobody reads a formula of that length. */
const MOST_CHARS = 5000;
/** Formulas may take this much of an animation frame; KaTeX takes about 1 ms for a usual one. */
const FRAME_MS = 5;
/** Chemistry: the commands of mhchem, whose 40 KB are loaded with the first of them. */
const CHEMISTRY = /\\(?:ce|pu)\s*\{/;
/** Formulas are typeset this far outside of the visible part, so that nothing grows under the reader's eyes. */
const NEAR = "1200px";
/** What is printed is drawn as a whole, however far it is from the visible part. */
const isPrinted = () => document.documentElement.dataset.print !== undefined;

/** @type {WeakMap<Element, Formula>} */ const formulas = new WeakMap();
/** @type {Set<HTMLElement>} */ const queue = new Set();
/** @type {IntersectionObserver | undefined} */ let observer;
/** @type {Promise<void> | undefined} */ let loading;
/** @type {Typesetter | undefined} */ let typesetter;
/** Whether the commands of chemistry are there. */
let knowsChemistry = false;
let scheduled = false;
let spentMs = 0;
let spentAt = 0;

/**
 * @param {HTMLElement} outer holds the source
 * @param {Formula} formula
 */
export function offerFormula(outer, formula) {
  if (!formula.tex.trim() || formula.tex.length > MOST_CHARS || typeof IntersectionObserver === "undefined") return;
  formulas.set(outer, formula);
  if (typesetter && hasTime() && isReady(formula)) {
    draw(outer, typesetter);
    return;
  }
  outer.classList.add("math--awaited");
  if (isPrinted()) {
    request([outer]);
    return;
  }
  observer ??= new IntersectionObserver(moved, aheadBy(NEAR));
  observer.observe(outer);
}

/** @param {IntersectionObserverEntry[]} entries */
function moved(entries) {
  const near = entries.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => /** @type {HTMLElement} */ (target));
  for (const outer of near) observer?.unobserve(outer);
  request(near);
}

/** @param {HTMLElement[]} wanted formulas to typeset in the next frames */
function request(wanted) {
  for (const outer of wanted) queue.add(outer);
  if (queue.size === 0) return;
  const needsChemistry = [...queue].some((outer) => !isReady(/** @type {Formula} */ (formulas.get(outer))));
  loading ??= load();
  void loading.then(() => (needsChemistry ? loadChemistry() : undefined)).then(schedule, () => {
    // Offline, perhaps: the sources stay, and the next formula tries again.
    loading = undefined;
  });
}

/** @param {Formula} formula */
const isReady = ({ tex }) => knowsChemistry || !CHEMISTRY.test(tex);

async function loadChemistry() {
  await typesetter?.loadChemistry();
  knowsChemistry = true;
}

async function load() {
  const [loaded] = await Promise.all([import("./typeset.js"), loadStyle()]);
  typesetter = loaded;
}

/** Returns when no formula waits to be typeset: before a page is printed. */
export async function formulasDrawn() {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  while (queue.size > 0 && document.querySelector(".math--awaited")) {
    await loading;
    await frame();
  }
}

/** Load the style sheet of the formulas, whose address the page's shell knows. */
function loadStyle() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = document.documentElement.dataset.mathStyle ?? "";
  document.head.append(sheet);
  return new Promise((resolve, reject) => {
    sheet.addEventListener("load", resolve);
    sheet.addEventListener("error", reject);
  });
}

function schedule() {
  const waits = [...queue].some((outer) => isReady(/** @type {Formula} */ (formulas.get(outer))));
  if (scheduled || !waits) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    const [first] = queue;
    if (first) keepScroll(first, drawSome);
    schedule();
  });
}

function drawSome() {
  for (const outer of queue) {
    if (!typesetter || !hasTime()) return;
    if (!isReady(/** @type {Formula} */ (formulas.get(outer)))) continue;
    queue.delete(outer);
    if (outer.isConnected) draw(outer, typesetter);
  }
}

/** Whether this animation frame has time left for formulas. */
function hasTime() {
  const now = performance.now();
  if (now - spentAt > 16) {
    spentAt = now;
    spentMs = 0;
  }
  return spentMs < FRAME_MS;
}

/** @param {HTMLElement} outer @param {Typesetter} by */
function draw(outer, by) {
  const formula = formulas.get(outer);
  if (!formula || outer.classList.contains("math--set")) return;
  const began = performance.now();
  outer.classList.remove("math--awaited");
  try {
    const drawn = by.typeset(formula.tex, formula.block);
    outer.classList.add("math--set");
    outer.append(drawn);
    // A new formula is not in its paragraph yet.
    queueMicrotask(() => outer.parentElement?.classList.add("has-formula"));
  } catch (error) {
    outer.classList.add("math--broken");
    outer.title = say("This formula cannot be read: {reason}", { reason: by.reasonOf(error) });
  }
  spentMs += performance.now() - began;
}
