/** The keys that walk through the thread, message by message. */

import { register } from "../../browser/shortcuts.js";
import { say } from "../../words/words.js";

/**
 * @typedef {object} Thread
 * @property {() => HTMLElement[]} messages those that are shown, from the first one down
 * @property {() => HTMLElement | null} reading the one that begins in view, or else reaches into it
 * @property {(node: HTMLElement) => void} go take the reader and the focus there
 * @property {() => void} leave to the end, and to where one writes
 * @property {(node: HTMLElement) => HTMLElement | null} question the message that this one answers
 */

/**
 * @param {HTMLElement} root the thread's element
 * @param {Thread} thread
 * @returns {() => void} ends that
 */
export function registerThreadKeys(root, thread) {
  // A bare letter belongs to whatever has the focus; here only to the thread, or to nothing.
  const when = (/** @type {string} */ keys) =>
    thread.messages().length > 0 && !document.querySelector("dialog[open], :popover-open") &&
    (/^(Mod|Ctrl|Alt)\+/.test(keys) || root.contains(document.activeElement) || document.activeElement === document.body);
  const ends = [
    register({ id: "message.previous", label: say("Previous message"), keys: ["Alt+ArrowUp", "K"], when, run: () => step(thread, -1) }),
    register({ id: "message.next", label: say("Next message"), keys: ["Alt+ArrowDown", "J"], when, run: () => step(thread, 1) }),
    register({ id: "message.question", label: say("Go to the question"), keys: ["Alt+Shift+ArrowUp"], when, run: () => toQuestion(thread) }),
    register({ id: "thread.end", label: say("End of the conversation"), keys: ["Alt+End"], when, run: thread.leave }),
  ];
  return () => ends.forEach((end) => end());
}

function here() {
  const focused = document.activeElement?.closest("chat-message");
  return focused instanceof HTMLElement ? focused : null;
}

/**
 * @param {Thread} thread
 * @param {1 | -1} direction
 */
function step(thread, direction) {
  const messages = thread.messages();
  const focused = here();
  if (focused) {
    const next = messages[messages.indexOf(focused) + direction];
    if (next) thread.go(next);
    else if (direction > 0) thread.leave();
    return;
  }
  // From where one writes, or from nowhere: the message that is being read counts.
  const reading = thread.reading();
  const last = messages.at(-1);
  const from = direction < 0 && document.activeElement?.matches("textarea") ? last : reading;
  if (from) thread.go(from);
}

/** @param {Thread} thread */
function toQuestion(thread) {
  const from = here() ?? thread.reading();
  const question = from && thread.question(from);
  if (!question) return false;
  thread.go(question);
}
