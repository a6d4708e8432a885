/** The stored error of a run, in the page's language; twin: words_of_error in chat/shown/run_error.py. */

import { say, saySpan } from "./words.js";

/** @import { RunError } from "../state/types.js" */

/** @param {RunError} error @returns {string} */
export function sayRunError({ message, sentence, fields, wait_seconds, said }) {
  /** @type {Record<string, string | number>} */
  const filled = { ...fields };
  if (typeof filled.time === "number") filled.time = saySpan(filled.time);
  const words = [say(sentence || message, filled)];
  if (wait_seconds) words.push(say("It asks you to wait {time}.", { time: saySpan(wait_seconds) }));
  if (said) words.push(say("It said: {words}", { words: said }));
  return words.join(" ");
}
