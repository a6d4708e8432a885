/** What this browser remembers for one person: drafts, unanswered posts, chosen branches, the last model. A blocked storage reads as empty. */

import { store } from "./store.js";

/** Whether this person has signed out: then nothing is remembered any more, also not when the page closes. */
let closed = false;

/** @param {string} name */
const keyOf = (name) => `parley.${store.person.user.id}.${name}`;

/** @param {string} name @returns {string} */
export function recall(name) {
  try {
    return localStorage.getItem(keyOf(name)) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value "" forgets it */
export function remember(name, value) {
  if (closed) return;
  try {
    if (value) localStorage.setItem(keyOf(name), value);
    else localStorage.removeItem(keyOf(name));
  } catch {
    // Full or forbidden: the page works without.
  }
}

/** @param {string} name @returns {Record<string, any> | null} null also for what is not an object */
export function recallObject(name) {
  try {
    const value = JSON.parse(recall(name) || "null");
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** The names with this beginning under which something is remembered. @param {string} beginning @returns {string[]} */
export function namesOf(beginning) {
  const prefix = keyOf("");
  try {
    const names = Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return names.filter((name) => name.startsWith(beginning));
  } catch {
    return [];
  }
}

/** Forget everything about this person, for good: they sign out of this browser. */
export function forgetAll() {
  for (const name of namesOf("")) remember(name, "");
  closed = true;
}
