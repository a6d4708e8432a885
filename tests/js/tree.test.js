import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenTo, narrowGap, shownPath, neededTo } from "../../static/js/state/tree.js";

/** @import { Message } from "../../static/js/state/types.js" */

/**
 * Messages by id, from [id, parent] pairs.
 * @param {[number, number | null][]} pairs
 * @returns {Map<number | string, Message>}
 */
function messages(pairs) {
  return new Map(pairs.map(([id, parent]) => [id, /** @type {Message} */ ({ id, parent, role: "user", author: null, parts: [], created_at: "", client_id: null, run: null })]));
}

/** @param {ReturnType<typeof shownPath>} steps */
const ids = (steps) => steps.map(({ message }) => message.id);

/** @param {number} from @param {number} to @returns {[number, number | null][]} */
const chain = (from, to) => Array.from({ length: to - from + 1 }, (_, step) => [from + step, from + step > 1 ? from + step - 1 : null]);

test("the path continues after a gap and marks where it is", () => {
  const known = messages([...chain(10, 14), ...chain(90, 92)]);
  const steps = shownPath(known, {}, { gap: { after: 14, before: 90 }, anchor: 12 });
  assert.deepEqual(ids(steps), [10, 11, 12, 13, 14, 90, 91, 92]);
  assert.deepEqual(steps.filter(({ gap }) => gap).map(({ message }) => message.id), [90]);
});

test("without a gap the path is the newest piece, with an anchor the piece that it is in", () => {
  const known = messages([...chain(10, 14), ...chain(90, 92)]);
  assert.deepEqual(ids(shownPath(known, {})), [90, 91, 92]);
  assert.deepEqual(ids(shownPath(known, {}, { gap: null, anchor: 12 })), [10, 11, 12, 13, 14]);
});

test("chosen siblings lead to a message on an older branch, as far up as messages are loaded", () => {
  const known = messages([[1, null], [2, 1], [3, 1], [4, 2], [5, 2], [6, 4], [9, null]]);
  assert.deepEqual(chosenTo(known, 6), { root: 1, 1: 2, 2: 4 });
  assert.deepEqual(ids(shownPath(known, chosenTo(known, 6))), [1, 2, 4, 6]);
  const later = messages([[4, 2], [5, 2], [6, 4]]);
  assert.deepEqual(chosenTo(later, 6), { 2: 4 });
});

test("the path to a message needs a chosen sibling only where a newer one would be shown", () => {
  const known = messages([[1, null], [2, 1], [3, 2], [4, 2], [5, 1], [6, 4]]);
  assert.deepEqual(neededTo(known, 6), { 1: 2 });
  assert.deepEqual(ids(shownPath(known, neededTo(known, 6))), [1, 2, 4, 6]);
  assert.deepEqual(neededTo(known, 5), {});
});

test("a gap gets smaller from either side, and closes when both meet", () => {
  const gap = { after: 3, before: 8 };
  assert.deepEqual(narrowGap(gap, messages([...chain(1, 5), ...chain(8, 9)]), {}), { after: 5, before: 8 });
  assert.deepEqual(narrowGap(gap, messages([...chain(1, 3), ...chain(6, 9)]), {}), { after: 3, before: 6 });
  assert.deepEqual(narrowGap(gap, messages([...chain(1, 4), ...chain(7, 9)]), {}), { after: 4, before: 7 });
  assert.equal(narrowGap(gap, messages(chain(1, 9)), {}), null);
});

test("on the way through a gap the chosen branch is followed, not the newest", () => {
  const known = messages([...chain(1, 4), [5, 4], [6, 5], [20, 4], [7, 6], [8, 7], [9, 8]]);
  assert.equal(narrowGap({ after: 3, before: 8 }, known, { 4: 5 }), null);
});
