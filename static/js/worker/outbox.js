/**
 * Commands on their way. One with a client id is kept until the server answers it, and sent again after each reconnect
 * under the same id, so that it happens once however often it was sent. The rest waits for the connection at most.
 */
import { phrase } from "../shared/phrase.js";
import { encode } from "../shared/wire.js";

/** @import { Frame } from "../shared/port.js" */

/** What waits while there is no connection; beyond this the oldest is dropped, it would be news of another hour. */
const MOST_WAITING = 100;
/** What the server stores under its client id, so that it may be sent twice. */
const KEPT = new Set(["message.post", "message.retry", "run.continue"]);
/** The server is going away and has not looked at the command: the next one will. */
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
   * @param {(error: Frame) => void} refuse gets an `error` frame of our own for what cannot be sent at all
   */
  constructor(send, refuse) {
    this.#send = send;
    this.#refuse = refuse;
  }

  /** @param {Frame} frame */
  post(frame) {
    const clientId = KEPT.has(frame.type) ? frame.client_id : undefined;
    if (typeof clientId === "string" && this.#unanswered.has(clientId)) return;
    if (!this.#fits(frame)) return;
    if (typeof clientId === "string") this.#unanswered.set(clientId, frame);
    if (this.#send(frame) || typeof clientId === "string") return;
    this.#waiting.push(frame);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /** The server said welcome: everything unanswered goes out again, in the order it was written. @param {Frame} welcome */
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
   * Looks for answers in what the server says.
   *
   * @param {Frame} frame
   * @returns {boolean} false when the frame need not reach the page: the command will be tried again
   */
  heard(frame) {
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
