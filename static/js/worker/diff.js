/**
 * Computes the least change of the page: from two lists of trees to ops of dom/play.js. Text that only grew stays in
 * the same text node, so that a reader's selection survives and nothing flickers.
 */

/** @import { Op, Path, Tree } from "../shared/port.js" */

/**
 * @param {Path} path of the parent of both lists
 * @param {any[]} before
 * @param {any[]} after
 * @param {number} from the first that may differ
 * @param {Op[]} ops is appended to
 * @param {number} [offset] index of the first child in the lists: 2 where they are nodes
 */
export function diff(path, before, after, from, ops, offset = 0) {
  let at = from;
  while (at < before.length && at < after.length && same(before[at], after[at])) at += 1;
  if (at === before.length && at === after.length) return;
  const grows = at < before.length && at < after.length && isAlike(before[at], after[at]);
  if (grows && same(before.slice(at + 1), after.slice(at + 1))) {
    descend([...path, at - offset], before[at], after[at], ops);
    return;
  }
  const common = grows ? at + 1 : at;
  if (before.length > common) ops.push(["cut", path, common - offset]);
  if (grows) descend([...path, at - offset], before[at], after[at], ops);
  if (after.length > common) ops.push(/** @type {Op} */ (/** @type {any[]} */ (["add", path]).concat(after.slice(common))));
}

/**
 * @param {Path} path
 * @param {Tree} before
 * @param {Tree} after
 * @param {Op[]} ops
 */
function descend(path, before, after, ops) {
  if (typeof before === "string") ops.push(["text", path, after.slice(before.length).toString()]);
  else diff(path, before, /** @type {any[]} */ (after), 2, ops, 2);
}

/** @param {any} a @param {any} b */
function isAlike(a, b) {
  if (typeof a === "string") return typeof b === "string" && b.startsWith(a);
  return typeof b !== "string" && a[0] === b[0] && same(a[1], b[1]);
}

/**
 * Whether two values of trees (lists, plain fields, strings, numbers, null) are equal.
 *
 * @param {any} a
 * @param {any} b
 * @returns {boolean}
 */
function same(a, b) {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a)) {
    return a.length === b.length && a.every((/** @type {any} */ value, /** @type {number} */ i) => same(value, b[i]));
  }
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => same(a[name], b[name]));
}
