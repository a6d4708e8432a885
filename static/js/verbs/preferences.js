/** What a person chose once for all their pages: stored on the server, and applied to this page at once. */

import { showTheme, shownTheme } from "../browser/appearance.js";
import { rebind } from "../browser/shortcuts.js";
import { store } from "../state/store.js";
import { ask } from "./ask.js";

/** @import { Preferences } from "../state/types.js" */

/** How many saves are on their way: what the server says meanwhile is older than what is shown. */
let saving = 0;

/** The server says what is remembered. @param {Preferences} preferences */
export function receivePreferences(preferences) {
  if (saving) return;
  apply(preferences);
}

/**
 * Set preferences on this page and on all others. What is not named stays as it is.
 * @param {Preferences} given
 * @returns {Promise<void>} rejects with a Refusal; the change is undone then
 */
export async function prefer(given) {
  const before = store.person.preferences;
  apply({ ...before, ...given });
  saving += 1;
  try {
    await ask({ type: "preferences.save", preferences: given });
  } catch (refusal) {
    apply(before);
    throw refusal;
  } finally {
    saving -= 1;
  }
}

/** @param {Preferences} preferences */
function apply(preferences) {
  rebind(preferences.shortcuts ?? {});
  const { theme } = preferences;
  if (theme !== undefined && theme !== shownTheme()) showTheme(theme);
  store.person.prefer(preferences);
}

/** A touch keyboard has no Shift and Enter for a new line, and a button to send with beside it. */
const isTouch = () => Boolean(globalThis.matchMedia?.("(pointer: coarse) and (hover: none)").matches);

/**
 * Whether this key press sends what is written: Enter, or Enter with Control or Command where a person wants it so. As long
 * as nobody has chosen, Enter on a touch keyboard begins a new line.
 * @param {KeyboardEvent} event
 */
export function sends(event) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  const wanted = store.person.preferences.send_with ?? "";
  const isPlain = wanted === "Enter" || (wanted === "" && !isTouch());
  return isPlain || event.ctrlKey || event.metaKey;
}
