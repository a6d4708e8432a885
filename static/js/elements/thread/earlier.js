/** Loads earlier messages as the reader comes near to the first one. */

import { store } from "../../state/store.js";
import { ask } from "../../verbs/ask.js";
import { say } from "../../words/words.js";
import { make } from "../dom.js";

/** Earlier messages are asked for when the reader comes this near to the top. */
const NEAR_TOP_PX = 600;
/** A shorter wait is not mentioned. */
const QUIET_MS = 300;

let loading = false;

/** @param {HTMLElement} scroller @param {HTMLElement} list before which the note about loading is shown */
export async function loadEarlier(scroller, list) {
  const { id, more, oldest } = store.open;
  if (loading || !more || scroller.scrollTop >= NEAR_TOP_PX || !Number.isFinite(oldest)) return;
  loading = true;
  const note = make("p", "timeline__earlier status", say("loading earlier messages"));
  const timer = setTimeout(() => list.before(note), QUIET_MS);
  try {
    await ask({ type: "conversation.history", conversation: id, before: oldest });
  } catch {
    // The next scrolling near the top asks again.
  } finally {
    clearTimeout(timer);
    note.remove();
    loading = false;
  }
}
