/**
 * The page's end of the connection: starts the worker that has the WebSocket, and passes messages both ways.
 * It knows no frame's content and no Markdown; renders reach the page inside one animation frame, at most once per
 * flush interval.
 *
 *   link.on("link", ({ state, reason, retry_in_seconds }) => …);
 *   link.on("conversation.patch", (frame) => …);
 *   link.on("render", ({ run, message, ops, state, seq, done }) => play(body, ops));
 *   link.start();
 */
import { trustWorkerUrl } from "../browser/trusted.js";
import { say } from "../words/words.js";

/** @import { Frame, Render } from "../shared/port.js" */

/** A hidden tab gets no animation frames, and browsers let its timers fire once a second at most. */
const HIDDEN_DELAY_MS = 1000;

class Link {
  #workerUrl;
  /** @type {Worker | null} */ #worker = null;
  /** @type {Map<string, Set<(message: any) => void>>} */ #listeners = new Map();
  /** @type {Render[]} */ #renders = [];
  #flushIntervalMs = 50;
  #lastFlushMs = 0;
  #scheduled = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {AbortController} */ #stop = new AbortController();

  /** @param {string} workerUrl from `<html data-worker-url>`; must be of this origin */
  constructor(workerUrl) {
    this.#workerUrl = workerUrl;
  }

  /** Starts the worker, which connects at once. A browser that refuses the worker is reported as "closed" with the reason. */
  start() {
    try {
      const url = /** @type {any} */ (trustWorkerUrl(this.#workerUrl));
      this.#worker = new Worker(url, { type: "module", name: "parley" });
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      return;
    }
    const { signal } = this.#stop;
    this.#worker.addEventListener("message", (event) => this.#receive(event.data), { signal });
    this.#worker.addEventListener("error", (event) => this.#fail(event.message || "its script did not load"), { signal });
    globalThis.addEventListener("online", () => this.#tell({ type: "online", online: true }), { signal });
    globalThis.addEventListener("offline", () => this.#tell({ type: "online", online: false }), { signal });
    globalThis.addEventListener("pageshow", (event) => event.persisted && this.#tell({ type: "visible" }), { signal });
    document.addEventListener("visibilitychange", this.#changeVisibility, { signal });
    this.#tell({ type: "start", url: socketUrl(location), online: navigator.onLine !== false });
  }

  /** Ends the worker and its socket; the object is not used again. */
  close() {
    this.#stop.abort();
    this.#worker?.terminate();
    this.#worker = null;
    clearTimeout(this.#timer);
    if (this.#scheduled) cancelAnimationFrame(this.#scheduled);
  }

  /**
   * Sends a command. One with a `client_id` is stored and sent again after each reconnect until it is answered; any
   * other one is only queued until the connection is open.
   *
   * @param {Frame} frame
   */
  send(frame) {
    this.#tell({ type: "send", frame });
  }

  /**
   * Calls back for each message of a type: server frames (all but `run.patch`), "link" and "render"; "flushed" after each
   * flush, { ms, renders, ops }, and "figures", the answer to `measure`.
   *
   * @param {string} type
   * @param {(message: any) => void} callback
   * @param {AbortSignal} [signal] ends the calls
   */
  on(type, callback, signal) {
    const callbacks = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, callbacks.add(callback));
    signal?.addEventListener("abort", () => callbacks.delete(callback));
  }

  /**
   * Renders a stored message once; the answer is a "render" whose ops begin with a reset.
   *
   * @param {{ message: number | string, parts: unknown[], run?: Record<string, any> | null }} stored
   */
  render({ message, parts, run = null }) {
    this.#tell({ type: "render", message, parts, run });
  }

  /**
   * Watches a live run: renders follow until one has `done`. Calling it again for the same run is how a fresh
   * container gets everything: the next render begins with a reset.
   *
   * @param {number} run
   * @param {number | string} message the message the run writes
   */
  watch(run, message) {
    this.#tell({ type: "watch", run, message });
  }

  /** @param {number} run */
  unwatch(run) {
    this.#tell({ type: "unwatch", run });
  }

  /** Asks the worker for its figures, and the server for a sign of life: a "figures" follows. */
  measure() {
    this.#tell({ type: "figures" });
  }

  /** Tries to connect now instead of waiting for the countdown. */
  retry() {
    this.#tell({ type: "visible" });
  }

  /** @param {Record<string, unknown>} message */
  #tell(message) {
    this.#worker?.postMessage(message);
  }

  /** @param {Frame} message */
  #receive(message) {
    if (message.type === "render") {
      this.#renders.push(/** @type {Render} */ (/** @type {unknown} */ (message)));
      this.#schedule();
      return;
    }
    if (message.type === "welcome") this.#flushIntervalMs = message.flush_interval_ms;
    this.#emit(message);
  }

  #schedule() {
    if (this.#scheduled || this.#timer !== undefined) return;
    const wait = document.hidden ? HIDDEN_DELAY_MS : this.#lastFlushMs + this.#flushIntervalMs - performance.now();
    if (document.hidden || wait > 4) this.#timer = setTimeout(this.#continue, wait);
    else this.#scheduled = requestAnimationFrame(this.#flush);
  }

  #continue = () => {
    this.#timer = undefined;
    if (document.hidden) this.#flush();
    else this.#scheduled = requestAnimationFrame(this.#flush);
  };

  #flush = () => {
    this.#scheduled = 0;
    this.#lastFlushMs = performance.now();
    const renders = this.#renders;
    this.#renders = [];
    for (const render of renders) this.#play(render);
    // The worker sends a run's next render only after this: a page that is busy or hidden gets fewer, larger ones.
    this.#tell({ type: "rendered", count: renders.length });
    if (!this.#listeners.get("flushed")?.size) return;
    const ops = renders.reduce((sum, render) => sum + render.ops.length, 0);
    this.#emit({ type: "flushed", ms: performance.now() - this.#lastFlushMs, renders: renders.length, ops });
  };

  /** @param {Render} render */
  #play(render) {
    try {
      this.#emit(render);
    } catch (error) {
      console.error("a render could not be played", error);
      if (render.run !== null) this.#tell({ type: "redraw", run: render.run });
    }
  }

  #changeVisibility = () => {
    if (document.hidden) return;
    this.#tell({ type: "visible" });
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#continue();
  };

  /** @param {string} why */
  #fail(why) {
    this.#emit({ type: "link", state: "closed", reason: say("The browser could not start the connection: {why}", { why }) });
  }

  /** @param {Frame} message */
  #emit(message) {
    for (const callback of this.#listeners.get(message.type) ?? []) callback(message);
  }
}

/** @param {{ protocol: string, host: string }} location @returns {string} */
function socketUrl({ protocol, host }) {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/ws/?language=${document.documentElement.lang}`;
}

/** The page's one link to the server. */
export const link = new Link(document.documentElement.dataset.workerUrl ?? "");
