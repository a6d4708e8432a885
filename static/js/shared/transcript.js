/**
 * The transcript as a pure fold of changes. Twin of chat/transcript.py; tests/transcripts/ is read by both.
 *
 *   ["add", index, part]       a new part at the end
 *   ["text", index, string]    more of a part's growing string: `arguments` of a call, `text` of any other
 *   ["set", index, {fields}]   fields of a part
 *   ["run", {fields}]          fields of the run
 */

/**
 * @typedef {{ type: string, [field: string]: any }} Part
 * @typedef {{ parts: Part[], run: Record<string, any> }} State
 * @typedef {["add", number, Part] | ["text", number, string] | ["set", number, Record<string, any>]
 *   | ["run", Record<string, any>]} Change
 */

/** A change that does not fit the state it is applied to. */
export class BrokenTranscript extends Error {}

/** @returns {State} */
export function emptyState() {
  return { parts: [], run: {} };
}

/**
 * Applies changes to a state, in place, and returns it. After a throw the state must not be used.
 *
 * @param {State} state
 * @param {unknown[]} changes
 * @returns {State}
 * @throws {BrokenTranscript} when a change does not fit
 */
export function fold(state, changes) {
  for (const change of changes) apply(state, change);
  return state;
}

/** The name of the string of a part that grows. @param {Part} part */
export function growing(part) {
  return part.type === "tool_call" || part.type === "provider_call" ? "arguments" : "text";
}

/** @param {State} state @param {unknown} change */
function apply(state, change) {
  if (!Array.isArray(change)) throw new BrokenTranscript("a change is a list");
  const [verb, where, what] = change;
  if (verb === "run" && isObject(where)) {
    merge(state.run, where);
    return;
  }
  if (verb === "add" && where === state.parts.length && isObject(what) && typeof what.type === "string") {
    state.parts.push(/** @type {Part} */ (merge({}, what)));
    return;
  }
  const part = Number.isInteger(where) ? state.parts[where] : undefined;
  if (part && verb === "text" && typeof what === "string" && typeof part[growing(part)] === "string") {
    part[growing(part)] += what;
    return;
  }
  if (part && verb === "set" && isObject(what)) {
    merge(part, what);
    return;
  }
  throw new BrokenTranscript(`a change that does not fit: ${JSON.stringify(change).slice(0, 80)}`);
}

/**
 * Copies fields one by one as own properties, so that a field called __proto__ stays a field.
 *
 * @param {Record<string, any>} into
 * @param {Record<string, any>} fields
 */
function merge(into, fields) {
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return into;
}

/** @param {unknown} value @returns {value is Record<string, any>} */
function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
