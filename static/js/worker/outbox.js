/**
 * Commands on their way. One with a client id is stored until the server answers it, and sent again after each reconnect
 * under the same id, so that it happens once however often it was sent. Any other waits only for the connection.
 */
import { phrase } from "../shared/phrase.js";
import { encode } from "../shared/wire.js";

/** @import { Frame } from "../shared/port.js" */

/** At most this many commands wait for a connection; beyond that the oldest, which is outdated by then, is dropped. */
const MOST_WAITING = 100;
/** Commands that the server stores under their client id, so that they may be sent twice. */
const RESENT = new Set(["message.post", "message.retry", "run.continue"]);
/** Errors of a server that is stopping and has not run the command: the next server will. */
const TRY_AGAIN = new Set(["stopping"]);

export class Outbox {
  #send;
  #refuse;
  /** @type {Map<string, Frame>} */ #unanswered = new Map();
  /** @type {Frame[]} */ #waiting = [];
  #maxFrameBytes = Infinity;
  #maxMessageChars = Infinity;

  /**
   * @param {(frame: Frame) => boolean} send answers false when there is no connection
   * @param {(error: Frame) => void} refuse gets an `error` frame made here for what cannot be sent at all
   */
  constructor(send, refuse) {
    this.#send = send;
    this.#refuse = refuse;
  }

  /** @param {Frame} frame */
  post(frame) {
    const clientId = RESENT.has(frame.type) ? frame.client_id : undefined;
    if (typeof clientId === "string" && this.#unanswered.has(clientId)) return;
    if (!this.#fits(frame)) return;
    if (typeof clientId === "string") this.#unanswered.set(clientId, frame);
    if (this.#send(frame) || typeof clientId === "string") return;
    this.#waiting.push(frame);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /** Call it when the server said welcome: sends everything unanswered again, in the order in which it was written. @param {Frame} welcome */
  opened(welcome) {
    this.#maxFrameBytes = welcome.max_frame_bytes;
    this.#maxMessageChars = welcome.max_message_chars;
    for (const [clientId, frame] of this.#unanswered) {
      if (this.#fits(frame)) this.#send(frame);
      else this.#unanswered.delete(clientId);
    }
    for (const frame of this.#waiting.splice(0)) this.#send(frame);
  }

  /**
   * Looks for the answer to a stored command in a frame.
   *
   * @param {Frame} frame
   * @returns {boolean} false when the frame need not reach the page: the command will be tried again
   */
  hear(frame) {
    if (typeof frame.client_id !== "string") return true;
    if (frame.type === "error" && TRY_AGAIN.has(frame.code)) return !this.#unanswered.has(frame.client_id);
    if (frame.type === "message.posted" || frame.type === "message.queued" || frame.type === "error") this.#unanswered.delete(frame.client_id);
    return true;
  }

  /** @param {Frame} frame */
  #fits(frame) {
    const { client_id, re } = frame;
    let text;
    try {
      text = encode(frame);
    } catch (error) {
      this.#refuse({ type: "error", code: "bad_frame", message: String(error), client_id, re });
      return false;
    }
    const chars = typeof frame.text === "string" ? [...frame.text].length : 0;
    const bytes = new TextEncoder().encode(text).length;
    if (chars <= this.#maxMessageChars && bytes <= this.#maxFrameBytes) return true;
    const message = phrase("This message is too long to send. Nothing was lost: shorten it, or attach it as a file.");
    this.#refuse({ type: "error", code: "too_large", message, client_id, re });
    return false;
  }
}
