/**
 * What the keyboard does wherever the focus is: one list, one listener. The file that offers an action registers it; the
 * sheet of shortcuts and their rebinding read the same list. Of elements it knows only which of them take text.
 *
 * Keys are written "Mod+Shift+O", "Alt+ArrowUp", "J", "?", "Escape": modifiers in the order Mod, Ctrl, Alt, Shift, then the
 * key. "Mod" is Command on Apple's keyboards and Control elsewhere. A sign that needs Shift ("?") is written without it.
 */

/**
 * @typedef {object} Shortcut
 * @property {string} id "message.next"
 * @property {string} label what it does, as the sheet shows it
 * @property {string[]} keys the default ones, until a person chooses others
 * @property {() => boolean | void} run false where there was nothing to do: the browser does what it does with the key
 * @property {(keys: string) => boolean} [when] whether these keys of it hold now; always if missing
 */

import { isApple } from "./keys.js";

/** Keys that mean nothing to a text field. */
const NEVER_TYPED = /^(Escape|F\d+)$/;

/** @type {Map<string, Shortcut>} */
const known = new Map();
/** @type {Record<string, string[]>} the keys that a person chose, by the shortcut's id */
let chosen = {};

/** Add a shortcut; the result takes it out again. @param {Shortcut} shortcut @returns {() => void} */
export function register(shortcut) {
  known.set(shortcut.id, shortcut);
  return () => void (known.get(shortcut.id) === shortcut && known.delete(shortcut.id));
}

/** Every shortcut, in the order in which they were registered. @returns {Shortcut[]} */
export function shortcuts() {
  return [...known.values()];
}

/** Give shortcuts other keys; those that are not named have their default ones. @param {Record<string, string[]>} keys */
export function rebind(keys) {
  chosen = keys;
}

/** The keys that a shortcut has now. @param {Shortcut} shortcut */
export function keysFor({ id, keys }) {
  return Object.hasOwn(chosen, id) ? (chosen[id] ?? []) : keys;
}

/**
 * The shortcut that has these keys, other than `id`.
 * @param {string} keys
 * @param {string} id
 * @returns {Shortcut | undefined}
 */
export function holderOf(keys, id) {
  return shortcuts().find((shortcut) => shortcut.id !== id && keysFor(shortcut).includes(keys));
}

/** @param {EventTarget} target the document, whose key presses are handled from now on */
export function startShortcuts(target) {
  target.addEventListener("keydown", (event) => press(/** @type {KeyboardEvent} */ (event)));
}

/**
 * Runs what this key press means. Nothing while a word is being composed (the key belongs to the input method), and of
 * the keys without Control, Command or Alt only Escape and the like while the focus is in a text field.
 * @param {KeyboardEvent} event
 */
export function press(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  const keys = keysOf(event);
  if (isText(event.target) && !/^(Mod|Ctrl|Alt)\+/.test(keys) && !NEVER_TYPED.test(keys)) return;
  for (const shortcut of known.values()) {
    if (!keysFor(shortcut).includes(keys) || shortcut.when?.(keys) === false) continue;
    if (shortcut.run() === false) continue;
    event.preventDefault();
    return;
  }
}

/**
 * The keys of a press, as they are written above; "" while only modifiers are down.
 * @param {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} event
 * @param {boolean} [apple]
 */
export function keysOf(event, apple = isApple()) {
  const key = keyOf(event);
  if (!key) return "";
  const mod = apple ? event.metaKey : event.ctrlKey;
  const ctrl = apple ? event.ctrlKey : event.metaKey;
  const isSign = key.length === 1 && key.toUpperCase() === key.toLowerCase() && !/\d/.test(key);
  return [mod && "Mod", ctrl && "Ctrl", event.altKey && "Alt", event.shiftKey && !isSign && "Shift", key].filter(Boolean).join("+");
}

/**
 * The key by its letter; by its position where the keyboard writes no Latin letters, or where Alt makes it a sign.
 * @param {Pick<KeyboardEvent, "key" | "code" | "altKey">} event
 */
function keyOf({ key, code, altKey }) {
  if (/^(Control|Shift|Alt|AltGraph|Meta|Dead|Process|Unidentified)$/.test(key)) return "";
  const position = /^(?:Key|Digit)(\w)$/.exec(code)?.[1];
  if (position && [...key].length === 1 && (altKey || !/^[\x21-\x7e]$/.test(key))) return position;
  if (key === " ") return "Space";
  return key.length === 1 ? key.toUpperCase() : key;
}

/** @param {EventTarget | null} target */
function isText(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !/^(button|checkbox|radio|range|color|file|submit|reset)$/.test(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
