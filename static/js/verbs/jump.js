/** To one message of the open conversation: its branch is shown, it is in view, and softly marked. */

import { occurrence } from "../dom/occurrence.js";
import { toast } from "../elements/chat_toast.js";
import { remember } from "../state/memory.js";
import { store } from "../state/store.js";
import { say } from "../words/words.js";
import { ask } from "./actions.js";
import { opened } from "./searching.js";

/** As long as the eye needs to find it. */
const MARKED_MS = 2400;
/** A conversation that opens is shown when its bodies are there; longer than this is not waited. */
const PATIENCE_MS = 6000;

/** Counts the jumps: a later one ends an earlier one. */
let newest = 0;

/** @param {number} message */
export async function jump(message) {
  const { open } = store;
  const mine = ++newest;
  const stays = () => store.open === open && mine === newest;
  if (!(await until(() => open.loaded || open.gone, stays)) || open.gone) return;
  if (open.messages.has(message)) store.leadTo(message);
  else {
    try {
      await ask({ type: "conversation.around", conversation: open.id, message });
    } catch (refusal) {
      const { code, message: why } = /** @type {import("./actions.js").Refusal} */ (refusal);
      if (stays()) toast(code === "not_found" ? say("That message is not here any more.") : why || say("The server did not answer. Try again."));
      return;
    }
  }
  if (!stays()) return;
  if (Object.keys(open.choices).length) remember(`choices.${open.id}`, JSON.stringify(open.choices));
  if (!(await until(() => isShown(message), stays))) return;
  document.dispatchEvent(new CustomEvent("parley:jump", { detail: message }));
  const node = nodeOf(message);
  if (node) reveal(node, message);
  node?.classList.add("message--found");
  setTimeout(() => node?.classList.remove("message--found"), MARKED_MS);
}

/**
 * A long message may hold what was looked for far below its begin.
 * @param {Element} node
 * @param {number} message
 */
function reveal(node, message) {
  const range = opened.message === message ? occurrence(node, opened.words) : null;
  if (range) CSS.highlights?.set("found", new Highlight(range));
  else CSS.highlights?.delete("found");
  if (range) document.dispatchEvent(new CustomEvent("parley:reveal", { detail: range }));
}

/** @param {number} message */
function nodeOf(message) {
  const nodes = /** @type {NodeListOf<import("../elements/thread/chat_message.js").ChatMessage>} */ (document.querySelectorAll(".timeline chat-message"));
  return [...nodes].find((node) => node.message?.id === message) ?? null;
}

/** @param {number} message */
function isShown(message) {
  return nodeOf(message) !== null && !document.querySelector(".timeline__list--settling");
}

/**
 * Wait, frame by frame, for what other elements do in their own time.
 * @param {() => boolean} condition
 * @param {() => boolean} stays
 * @returns {Promise<boolean>} false when it did not come, or does not matter any more
 */
async function until(condition, stays) {
  const end = performance.now() + PATIENCE_MS;
  while (stays() && performance.now() < end) {
    if (condition()) return true;
    await new Promise((resolve) => (document.hidden ? setTimeout(resolve, 100) : requestAnimationFrame(resolve)));
  }
  return false;
}
