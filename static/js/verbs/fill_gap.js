/** Fills the gap that a jump has left in the shown path, from the side where the reader is. */

import { store } from "../state/store.js";
import { ask } from "./ask.js";

let filling = false;

/**
 * @param {"above" | "below"} side where the reader is
 * @returns {Promise<boolean>} whether something came
 */
export async function fillGap(side) {
  const { id, gap } = store.open;
  if (!gap || filling) return false;
  filling = true;
  try {
    await ask({ type: "conversation.history", conversation: id, ...(side === "above" ? { after: gap.after } : { before: gap.before }) });
    return true;
  } catch {
    return false;
  } finally {
    filling = false;
  }
}
