/** Figures about the worker for the developer panel; the round trip is measured with a separate ping. */

/** @import { Frame } from "../shared/port.js" */

/** Marks the pings of this file. */
const RE = "figures";
/** A ping that is not answered within this time was lost with its connection. */
const LOST_MS = 10_000;

export class Figures {
  #send;
  #tell;
  #watches;
  #now;
  #connection;
  /** @type {number | null} */ #askedMs = null;

  /**
   * @param {{ send: (frame: Frame) => boolean, tell: (message: object) => void, now: () => number,
   *   watches: Pick<import("./watches.js").Watches, "figures">,
   *   connection: () => Pick<import("./connection.js").Connection, "open" | "received"> | null }} options
   */
  constructor({ send, tell, watches, now, connection }) {
    this.#send = send;
    this.#tell = tell;
    this.#watches = watches;
    this.#now = now;
    this.#connection = connection;
  }

  /** The answer comes with the pong, or at once where there is no connection. An unanswered ping is not asked twice. */
  ask() {
    if (!this.#connection()?.open) this.#askedMs = null;
    else if (this.#askedMs !== null && this.#now() - this.#askedMs < LOST_MS) return;
    else if (this.#send({ type: "ping", re: RE })) {
      this.#askedMs = this.#now();
      return;
    }
    this.#answer(null);
  }

  /** @param {Frame} frame @returns {boolean} whether it was the answer to a ping of this file */
  hear(frame) {
    if (frame.type !== "pong" || frame.re !== RE) return false;
    if (this.#askedMs !== null) this.#answer(this.#now() - this.#askedMs);
    this.#askedMs = null;
    return true;
  }

  /** @param {number | null} rttMs */
  #answer(rttMs) {
    const connection = this.#connection();
    const state = connection?.open ? "open" : "closed";
    this.#tell({ type: "figures", state, rttMs, ...(connection?.received ?? { frames: 0, chars: 0 }), ...this.#watches.figures() });
  }
}
