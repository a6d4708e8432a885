/** What the tests of the front end share: a clock and sockets of their own, a small document, seeded chance. */
import { parseHTML } from "linkedom";
import { play } from "../../static/js/dom/play.js";
import { Body } from "../../static/js/worker/body.js";

/** A document for dom/play.js, which asks for the global one, as do the page's words. */
export function useDocument() {
  const { document, HTMLTemplateElement } = parseHTML("<!doctype html><html><body></body></html>");
  Object.assign(globalThis, { document, HTMLTemplateElement });
  return document;
}

/** A browser's storage: its keys are its own properties, its verbs are not. */
export class FakeStorage {
  /** @param {string} key */
  getItem(key) {
    return Object.hasOwn(this, key) ? /** @type {any} */ (this)[key] : null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    /** @type {any} */ (this)[key] = value;
  }

  /** @param {string} key */
  removeItem(key) {
    delete (/** @type {any} */ (this)[key]);
  }
}

/** Time that passes when it is told to. */
export class Clock {
  #now = 0;
  #next = 1;
  /** @type {Map<number, { at: number, call: () => void }>} */ #timers = new Map();

  now = () => this.#now;
  /** @param {() => void} call @param {number} ms */
  setTimeout = (call, ms) => {
    const timer = this.#next++;
    this.#timers.set(timer, { at: this.#now + Math.max(0, ms), call });
    return timer;
  };
  /** @param {number} timer */
  clearTimeout = (timer) => void this.#timers.delete(timer);

  /** @param {number} ms */
  pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = due[1].at;
      due[1].call();
    }
    this.#now = end;
  }
}

/** The browser's side of a WebSocket; the test plays the server. */
export class FakeSocket {
  /** @type {any[]} */ sent = [];
  closedByClient = false;
  /** @type {((event: { data: unknown }) => void) | null} */ onmessage = null;
  /** @type {((event: { code: number, reason: string }) => void) | null} */ onclose = null;
  /** @type {(() => void) | null} */ onerror = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /** @param {string} data */
  send(data) {
    this.sent.push(JSON.parse(data));
  }

  close() {
    this.closedByClient = true;
  }

  /** @param {object | string} frame */
  says(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** @param {number} code */
  ends(code) {
    this.onclose?.({ code, reason: "" });
  }

  /** @param {string} type */
  sentOf(type) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

export const WELCOME = {
  type: "welcome",
  protocol: 2,
  build: "b1",
  user: { id: 1, name: "Alice", is_staff: false },
  heartbeat_seconds: 20,
  window_bytes: 262_144,
  max_frame_bytes: 300_000,
  max_message_chars: 200_000,
  flush_interval_ms: 50,
  preferences: {},
};

/**
 * Numbers from 0 to 1 that are the same in each run of a test.
 *
 * @param {number} seed
 */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A text in pieces of random length, never inside a surrogate pair: JSON from a server cannot be cut there either.
 *
 * @param {string} text
 * @param {() => number} random
 * @param {number} [longest]
 */
export function pieces(text, random, longest = 12) {
  const chars = [...text];
  const cut = [];
  for (let at = 0; at < chars.length; ) {
    const length = 1 + Math.floor(random() * longest);
    cut.push(chars.slice(at, at + length).join(""));
    at += length;
  }
  return cut;
}

/**
 * The page after an answer has come in pieces, each of them played.
 *
 * @param {Document} document
 * @param {string[]} texts
 * @param {(container: HTMLElement) => void} [look] at each moment
 */
export function stream(document, texts, look = () => {}) {
  const container = document.createElement("div");
  const body = new Body();
  const part = { type: "text", text: "" };
  play(container, body.flush([part], { status: "running" }, false));
  for (const text of texts) {
    part.text += text;
    body.note([["text", 0, text]]);
    play(container, body.flush([part], { status: "running" }, false));
    look(container);
  }
  play(container, body.flush([part], { status: "done" }, true));
  return container;
}

/**
 * The page of a stored answer.
 *
 * @param {Document} document
 * @param {string} text
 * @param {string} [type] of its part
 */
export function whole(document, text, type = "text") {
  const container = document.createElement("div");
  play(container, new Body().flush([{ type, text }], { status: "done" }, true));
  return container;
}
