/**
 * The developer panel: what the connection, the page and the worker do at this moment, once a second. While it is closed
 * nothing is observed, and nothing of it is loaded.
 */
import { copy } from "../browser/clipboard.js";
import { make, write } from "../elements/dom.js";
import { link } from "../link/link.js";
import { say, sayNumber, sayTenths } from "../words/words.js";

/** @typedef {{ ms: number, renders: number, ops: number }} Flush */
/** @typedef {{ state: string, rttMs: number | null, frames: number, chars: number, runs: number, textChars: number, blocks: number }} Worker_ the worker's own figures */
/** @typedef {Record<string, number | string | null>} Figures */

const EVERY_MS = 1000;
const COPIED_MS = 1600;
const MB = 1_000_000;

/** The name of each figure, and its label. @type {[heading: string, [keyof any, string][]][]} */
const GROUPS = [
  [say("Connection"), [
    ["link", say("State")], ["round_trip_ms", say("Round trip, ms")], ["frames_per_second", say("Frames a second")],
    ["kilobytes_per_second", say("Kilobytes a second")],
  ]],
  [say("Page"), [
    ["flushes_per_second", say("Flushes a second")], ["ops_per_second", say("Operations a second")], ["flush_ms_p50", say("Flush, median, ms")],
    ["flush_ms_p95", say("Flush, 95th percentile, ms")], ["long_tasks", say("Tasks over 50 ms")], ["heap_megabytes", say("JavaScript, MB")],
    ["elements", say("Elements")], ["messages", say("Messages")],
  ]],
  [say("Worker"), [
    ["worker_runs", say("Answers watched")], ["worker_text_characters", say("Characters kept")], ["worker_blocks", say("Blocks kept")],
  ]],
];

/** @type {Panel | null} */
let panel = null;

/** Shows the panel; it stays until it is closed. */
export function open() {
  panel ??= new Panel(() => (panel = null));
}

export function toggle() {
  if (panel) panel.close();
  else open();
}

class Panel {
  #closed;
  #node;
  /** @type {Map<string, HTMLElement>} */ #cells = new Map();
  #ending = new AbortController();
  /** @type {Flush[]} of the current second */ #flushes = [];
  /** @type {number[]} milliseconds of the newest flushes */ #times = [];
  #longTasks = 0;
  /** @type {{ atMs: number, frames: number, chars: number } | null} */ #before = null;
  /** @type {Figures} */ #figures = {};

  /** @param {() => void} closed */
  constructor(closed) {
    this.#closed = closed;
    this.#node = this.#build();
    (document.getElementById("main") ?? document.body).append(this.#node);
    const { signal } = this.#ending;
    const timer = setInterval(() => link.measure(), EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    link.on("flushed", (/** @type {Flush} */ flush) => this.#flushes.push(flush), signal);
    link.on("figures", (/** @type {Worker_} */ worker) => this.#draw(worker), signal);
    signal.addEventListener("abort", observeLongTasks((count) => (this.#longTasks += count)));
    link.measure();
  }

  close() {
    this.#ending.abort();
    const hadFocus = this.#node.contains(document.activeElement);
    this.#node.remove();
    if (hadFocus) document.getElementById("composer-text")?.focus();
    this.#closed();
  }

  #build() {
    const node = make("section", "developer");
    node.setAttribute("aria-label", say("Developer panel"));
    const head = make("div", "developer__head");
    const copy = /** @type {HTMLButtonElement} */ (make("button", "developer__button", say("Copy as JSON")));
    const close = /** @type {HTMLButtonElement} */ (make("button", "developer__button", say("Close")));
    copy.type = close.type = "button";
    copy.addEventListener("click", () => void this.#copy(copy));
    close.addEventListener("click", () => this.close());
    head.append(make("h2", "developer__title", say("Developer panel")), copy, close);
    node.append(head);
    for (const [heading, rows] of GROUPS) {
      const list = make("dl", "developer__list");
      for (const [name, label] of rows) {
        const cell = make("dd", "developer__figure", "–");
        this.#cells.set(String(name), cell);
        list.append(make("dt", "developer__label", label), cell);
      }
      node.append(make("h3", "developer__heading", heading), list);
    }
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    return node;
  }

  /** @param {Worker_} worker */
  #draw(worker) {
    this.#figures = { ...this.#ofLink(worker), ...this.#ofPage(), worker_runs: worker.runs, worker_text_characters: worker.textChars, worker_blocks: worker.blocks };
    for (const [name, cell] of this.#cells) write(cell, worded(this.#figures[name] ?? null));
  }

  /** @param {Worker_} worker @returns {Figures} */
  #ofLink({ state, rttMs, frames, chars }) {
    const now = { atMs: performance.now(), frames, chars };
    const seconds = this.#before ? (now.atMs - this.#before.atMs) / 1000 : 0;
    const rate = (/** @type {"frames" | "chars"} */ name) => (seconds ? rounded((now[name] - (this.#before?.[name] ?? 0)) / seconds) : null);
    const [framesRate, charsRate] = [rate("frames"), rate("chars")];
    this.#before = now;
    return { link: state, round_trip_ms: rttMs && rounded(rttMs), frames_per_second: framesRate, kilobytes_per_second: charsRate && rounded(charsRate / 1000) };
  }

  /** @returns {Figures} */
  #ofPage() {
    const flushes = this.#flushes.splice(0);
    this.#times = [...this.#times, ...flushes.map(({ ms }) => ms)].slice(-200);
    const ordered = this.#times.toSorted((a, b) => a - b);
    const part = (/** @type {number} */ share) => rounded(ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? null);
    const heap = /** @type {{ memory?: { usedJSHeapSize: number } }} */ (performance).memory?.usedJSHeapSize;
    return {
      flushes_per_second: flushes.length,
      ops_per_second: flushes.reduce((sum, { ops }) => sum + ops, 0),
      flush_ms_p50: part(0.5),
      flush_ms_p95: part(0.95),
      long_tasks: this.#longTasks,
      heap_megabytes: heap === undefined ? null : rounded(heap / MB),
      elements: document.getElementsByTagName("*").length,
      messages: document.getElementsByTagName("chat-message").length,
    };
  }

  /** @param {HTMLButtonElement} button */
  async #copy(button) {
    const about = { at: new Date().toISOString(), browser: navigator.userAgent, ...this.#figures };
    const copied = await copy(JSON.stringify(about, null, 2));
    write(button, copied ? say("Copied") : say("Not copied"));
    setTimeout(() => write(button, say("Copy as JSON")), COPIED_MS);
  }
}

/** @param {(count: number) => void} found @returns {() => void} ends it */
function observeLongTasks(found) {
  if (!globalThis.PerformanceObserver?.supportedEntryTypes.includes("longtask")) return () => {};
  const observer = new PerformanceObserver((list) => found(list.getEntries().length));
  observer.observe({ type: "longtask" });
  return () => observer.disconnect();
}

/**
 * @template {number | null} T
 * @param {T} value
 */
const rounded = (value) => /** @type {T} */ (value === null ? null : Math.round(value * 10) / 10);

/** @param {number | string | null} value */
function worded(value) {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  return Number.isInteger(value) ? sayNumber(value) : sayTenths(value);
}
