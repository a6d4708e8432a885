/**
 * Decides when the page gets a render: the first change of a run at once, then at most once per flush interval, later when
 * rendering was costly, and never before the page has played the last one. Changes that wait become one larger render.
 */

/** @import { Render } from "../shared/port.js" */
/** @import { Run } from "./watches.js" */
/**
 * @typedef {{ setTimeout(call: () => void, ms: number): any, clearTimeout(timer: any): void, now(): number }} Clock
 */

/** A render of t ms is followed by a pause of this many times t, so that a block that stays open takes a bounded share. */
const REST = 4;
/** A page that does not answer within this time has lost the message or hangs; rendering continues anyway. */
const UNANSWERED_MS = 10_000;

export class Renders {
  #clock;
  #tell;
  #ended;
  #intervalMs = 50;
  /** Renders the page has not played yet, oldest first; null for those of no run. @type {(number | null)[]} */ #sent = [];
  /** @type {Map<number, { run: Run, nextMs: number, unplayed: boolean, sentMs: number, dirty: boolean, timer: any }>} */
  #pending = new Map();

  /**
   * @param {{ clock: Clock, tell: (render: Render) => void, ended: (run: Run) => void }} options `ended`: the last
   *   render of a run has been told
   */
  constructor({ clock, tell, ended }) {
    this.#clock = clock;
    this.#tell = tell;
    this.#ended = ended;
  }

  /** @param {number} ms */
  set intervalMs(ms) {
    this.#intervalMs = ms;
  }

  /** A run's body has something new. @param {Run} run */
  changed(run) {
    const entry = this.#pending.get(run.run) ?? { run, nextMs: 0, unplayed: false, sentMs: 0, dirty: false, timer: null };
    this.#pending.set(run.run, entry);
    entry.run = run;
    entry.dirty = true;
    this.#schedule(run.run);
  }

  /** The page has played this many renders. @param {number} count */
  played(count) {
    for (const run of this.#sent.splice(0, count)) {
      const entry = run === null ? undefined : this.#pending.get(run);
      if (!entry || run === null) continue;
      entry.unplayed = false;
      if (entry.dirty) this.#schedule(run);
    }
  }

  /** @param {number} run */
  forget(run) {
    const timer = this.#pending.get(run)?.timer;
    if (timer) this.#clock.clearTimeout(timer);
    this.#pending.delete(run);
  }

  /** Send a render at once: of a stored message, or with colours of code. @param {Render} render */
  now(render) {
    this.#sent.push(null);
    this.#tell(render);
  }

  /** @param {number} id */
  #schedule(id) {
    const entry = this.#pending.get(id);
    if (!entry) return;
    const now = this.#clock.now();
    const atMs = Math.max(entry.nextMs, entry.unplayed ? entry.sentMs + UNANSWERED_MS : 0);
    if (atMs <= now) {
      this.#render(id);
      return;
    }
    if (entry.timer) this.#clock.clearTimeout(entry.timer);
    entry.timer = this.#clock.setTimeout(() => {
      entry.timer = null;
      if (entry.dirty) this.#schedule(id);
    }, atMs - now);
  }

  /** @param {number} id */
  #render(id) {
    const entry = this.#pending.get(id);
    if (!entry) return;
    if (entry.timer) this.#clock.clearTimeout(entry.timer);
    entry.timer = null;
    entry.dirty = false;
    const { run } = entry;
    const began = this.#clock.now();
    const ops = run.body.flush(run.state.parts, run.state.run, run.done);
    const cost = this.#clock.now() - began;
    entry.sentMs = began + cost;
    entry.nextMs = entry.sentMs + Math.max(this.#intervalMs, REST * cost);
    entry.unplayed = true;
    this.#sent.push(id);
    const state = { ...run.state.run };
    this.#tell({ type: "render", run: id, message: run.message, ops, state, seq: run.seq, done: run.done });
    if (!run.done) return;
    this.#pending.delete(id);
    this.#ended(run);
  }
}
