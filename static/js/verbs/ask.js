/** Commands that are answered: each is sent with a unique mark, and waits for the frame that carries the mark back. */

import { link } from "../link/link.js";
import { say } from "../words/words.js";

/** @typedef {{code: string, message: string}} Refusal why the server did not do it; `message` is "" where it said nothing */

/** How long an answer to a command may take before it counts as lost. A stalled database commit may take 10 s. */
const ANSWER_SECONDS = 20;

/** @type {Map<string, {resolve: (frame: any) => void, reject: (refusal: Refusal) => void, timer: number}>} by the mark */
const pending = new Map();

/**
 * Send a command and wait for its answer.
 * @param {Record<string, unknown> & {type: string}} frame
 * @param {number} seconds
 * @returns {Promise<any>} rejects with a Refusal
 */
export function ask(frame, seconds = ANSWER_SECONDS) {
  const re = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(() => settle({ re, code: "timeout", message: "" }, false), seconds * 1000);
    pending.set(re, { resolve, reject, timer });
    link.send({ ...frame, re });
  });
}

/**
 * @param {any} frame an answer or an error that may belong to an asked command
 * @param {boolean} granted
 */
export function settle(frame, granted) {
  const waiting = pending.get(frame.re);
  if (!waiting) return;
  pending.delete(frame.re);
  clearTimeout(waiting.timer);
  if (granted) waiting.resolve(frame);
  else waiting.reject({ code: frame.code, message: frame.message });
}

/** Why a command was refused, for the person. @param {unknown} refusal what `ask` rejected with */
export const reasonOf = (refusal) => /** @type {Refusal} */ (refusal).message || say("The server did not answer. Try again.");
