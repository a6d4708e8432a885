/** The keys that walk through the thread, message by message. */

import { register } from "../../browser/shortcuts.js";
import { say } from "../../words/words.js";

/** @import { ChatMessage } from "./chat_message.js" */
/** @import { Reader } from "./reader.js" */

/** A message with no more than this in view is not being read. */
const EDGE_PX = 16;

/**
 * @param {HTMLElement} root the thread's element
 * @param {Reader} reader
 * @param {AbortSignal} signal removes them
 */
export function registerThreadKeys(root, reader, signal) {
  // A bare letter belongs to whatever has the focus, so these work only in the thread or without any focus.
  const when = (/** @type {string} */ keys) =>
    reader.messages.length > 0 && !document.querySelector("dialog[open], :popover-open") &&
    (/^(Mod|Ctrl|Alt)\+/.test(keys) || root.contains(document.activeElement) || document.activeElement === document.body);
  const ends = [
    register({ id: "message.previous", label: say("Previous message"), keys: ["Alt+ArrowUp", "K"], when, run: () => step(root, reader, -1) }),
    register({ id: "message.next", label: say("Next message"), keys: ["Alt+ArrowDown", "J"], when, run: () => step(root, reader, 1) }),
    register({ id: "message.question", label: say("Go to the question"), keys: ["Alt+Shift+ArrowUp"], when, run: () => toQuestion(root, reader) }),
    register({ id: "thread.end", label: say("End of the conversation"), keys: ["Alt+End"], when, run: () => reader.toWrite() }),
  ];
  signal.addEventListener("abort", () => ends.forEach((end) => end()));
}

/** @param {ChatMessage[]} messages */
const focusedOf = (messages) => messages.find((node) => node.contains(document.activeElement));

/**
 * The message that is being read: the first that begins in view, or else the one that fills it.
 * @param {HTMLElement} root
 * @param {ChatMessage[]} messages
 */
function readIn(root, messages) {
  const { top, bottom } = root.getBoundingClientRect();
  const inView = messages.filter((node) => {
    const box = node.getBoundingClientRect();
    return box.bottom > top + EDGE_PX && box.top < bottom;
  });
  return inView.find((node) => node.getBoundingClientRect().top >= top) ?? inView[0];
}

/**
 * @param {HTMLElement} root
 * @param {Reader} reader
 * @param {1 | -1} direction
 */
function step(root, reader, direction) {
  const messages = reader.messages;
  const focused = focusedOf(messages);
  if (focused) {
    const next = messages[messages.indexOf(focused) + direction];
    if (next) reader.go(next);
    else if (direction > 0) reader.toWrite();
    return;
  }
  // From the composer or without any focus, begin at the message that is being read.
  const from = direction < 0 && document.activeElement?.matches("textarea") ? messages.at(-1) : readIn(root, messages);
  if (from) reader.go(from);
}

/** @param {HTMLElement} root @param {Reader} reader */
function toQuestion(root, reader) {
  const messages = reader.messages;
  const from = focusedOf(messages) ?? readIn(root, messages);
  const question = from && messages.slice(0, messages.indexOf(from)).findLast(({ message }) => message?.role === "user");
  if (!question) return false;
  reader.go(question);
}
