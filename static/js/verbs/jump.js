/** Jumps to one message of the open conversation: shows its branch, scrolls it into view and marks it. */

import { emit } from "../browser/events.js";
import { toast } from "../browser/toast.js";
import { remember } from "../state/memory.js";
import { store } from "../state/store.js";
import { say } from "../words/words.js";
import { ask, reasonOf } from "./ask.js";
import { opened } from "./searching.js";

/** Counts the jumps: a later one ends an earlier one. */
let newest = 0;

/** @param {number} message */
export async function jump(message) {
  const { open } = store;
  const mine = ++newest;
  const stays = () => store.open === open && mine === newest;
  await loaded(open);
  if (!stays() || open.gone) return;
  if (open.messages.has(message)) store.conversation.leadTo(message);
  else {
    try {
      await ask({ type: "conversation.around", conversation: open.id, message });
    } catch (refusal) {
      const { code } = /** @type {import("./ask.js").Refusal} */ (refusal);
      if (stays()) toast(code === "not_found" ? say("That message no longer exists.") : reasonOf(refusal));
      return;
    }
  }
  if (!stays()) return;
  if (Object.keys(open.chosen).length) remember(`choices.${open.id}`, JSON.stringify(open.chosen));
  emit("parley:reveal", { message, words: opened.message === message ? opened.words : [] });
}

/** @param {import("../state/types.js").Open} open @returns {Promise<void>} resolves when it is loaded, or will not come any more */
function loaded(open) {
  return new Promise((resolve) => {
    const ending = new AbortController();
    const look = () => {
      if (!open.loaded && !open.gone && store.open === open) return;
      ending.abort();
      resolve();
    };
    store.on("conversation", look, ending.signal);
    look();
  });
}
