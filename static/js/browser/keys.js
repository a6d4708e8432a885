/** How keys are shown, and which ones cannot be bound. Pure; shortcuts.js says how they are written down. */

import { say } from "../words/words.js";

/** The keys that a browser handles before any page, or that everybody expects it to handle. */
const BROWSERS = new Set([
  "Mod+N", "Mod+T", "Mod+W", "Mod+Q", "Mod+R", "Mod+L", "Mod+Shift+N", "Mod+Shift+T", "Mod+Shift+W", "Mod+Shift+Q", "Mod+Shift+R",
  "Mod+Tab", "Mod+Shift+Tab", "Ctrl+Tab", "Ctrl+Shift+Tab", "Alt+F4", "F5", "F11", "F12",
]);
const EDITING = new Set(["Mod+A", "Mod+C", "Mod+V", "Mod+X", "Mod+Y", "Mod+Z", "Mod+Shift+Z"]);
const MOVING = /^(Shift\+)?(Tab|Enter|Space|Backspace|Delete|Arrow\w+|Home|End|PageUp|PageDown)$/;

/** @type {Record<string, string>} */
const SIGNS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
/** @type {Record<string, string>} */
const APPLES = { Mod: "⌘", Ctrl: "⌃", Alt: "⌥", Shift: "⇧" };

export const isApple = () => /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

/**
 * One sign for each key that is pressed together.
 * @param {string} keys
 * @param {boolean} [apple]
 * @returns {string[]}
 */
export function shownKeys(keys, apple = isApple()) {
  // The plus key itself: "Mod++".
  const pieces = keys.endsWith("++") ? [...keys.slice(0, -2).split("+"), "+"] : keys === "+" ? ["+"] : keys.split("+");
  return pieces.map((piece) => {
    if (apple && APPLES[piece]) return APPLES[piece];
    if (piece === "Mod") return say("Ctrl");
    if (piece === "Ctrl") return say("Win");
    if (piece === "Shift") return say("Shift");
    if (piece === "Space") return say("Space");
    return SIGNS[piece] ?? piece;
  });
}

/** Why these keys cannot be bound; "" where they can. @param {string} keys */
export function whyReserved(keys) {
  if (BROWSERS.has(keys)) return say("These keys are reserved for the browser.");
  if (EDITING.has(keys)) return say("These keys belong to editing text.");
  if (MOVING.test(keys)) return say("These keys move the focus or write text.");
  if (keys === "Escape") return say("Escape closes what is open.");
  return "";
}
