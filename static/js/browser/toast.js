/** The line that says what has just happened: any file may call it, and elements/chat_toast.js shows it. */

import { emit } from "./events.js";

/** Say what has happened; with `undo`, offer to take it back. @param {string} text @param {(() => void) | null} [undo] */
export const toast = (text, undo = null) => void emit("parley:toast", { text, undo });
