/** The shown path of a long conversation: made once for each change, and let go of from above. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { store } from "../../static/js/state/store.js";

/**
 * @param {number} id
 * @returns {any}
 */
const message = (id) => ({ id, parent: id > 1 ? id - 1 : null, role: id % 2 ? "user" : "assistant", author: null, parts: [], created_at: "", client_id: null, run: { id, status: "done" } });

/** A conversation of which the messages `from` to `to` are loaded. @param {number} from @param {number} to */
function opened(from, to) {
  store.turnTo("c", {});
  const messages = Array.from({ length: to - from + 1 }, (_, place) => message(from + place));
  store.conversation.applyPatch(/** @type {any} */ ({ conversation: "c", after: 0, revision: 5, title: "", role: "owner", upstream: "", model: "", members: [], options: {}, queue: [], messages, more: from > 1 }));
}

const shown = () => store.conversation.path.map((step) => step.message.id);

test("the path is computed once, however often a flush reads it, and again after a change", () => {
  opened(1, 9_000);
  const before = store.conversation.path;
  assert.equal(before.length, 9_000);
  store.conversation.applyRun(9_000, 9_000, { status: "done" });
  assert.equal(store.conversation.path, before, "a run that goes on changes no path");
  store.conversation.outgoing.post({ ...message(9_001), id: "pending:x", parent: 9_000 });
  assert.notEqual(store.conversation.path, before);
  assert.equal(shown().at(-1), "pending:x");
});

test("the messages above the newest ones are forgotten, and are loaded again from there on", () => {
  opened(1, 900);
  store.conversation.forgetAbove(200);
  assert.equal(shown().length, 200);
  assert.equal(shown()[0], 701);
  assert.equal(store.open.more, true);
  assert.equal(store.open.oldest, 701);
  const earlier = Array.from({ length: 100 }, (_, place) => message(601 + place));
  store.conversation.applyHistory({ conversation: "c", messages: earlier, more: true });
  assert.equal(shown()[0], 601);
  store.conversation.forgetAbove(1000);
  assert.equal(shown().length, 300, "where there are fewer nothing happens");
});

test("an old message that comes alone, because it changed, causes no gap", () => {
  opened(801, 900);
  const patch = { conversation: "c", after: 5, revision: 6, title: "", role: "owner", upstream: "", model: "", members: [], options: {}, queue: [], messages: [message(12)], more: false };
  store.conversation.applyPatch(/** @type {any} */ (patch));
  assert.equal(store.open.oldest, 801, "earlier ones are asked for from where the page is whole");
  assert.equal(shown()[0], 801);
});

test("earlier messages with a newer branch beside the path do not lead the reader away from the path", () => {
  opened(801, 900);
  const earlier = Array.from({ length: 100 }, (_, place) => message(701 + place));
  const aside = { ...message(790), parent: 749 };
  store.conversation.applyHistory({ conversation: "c", messages: [...earlier.filter(({ id }) => id < 790), aside, ...earlier.filter(({ id }) => id > 790)].map((each) => (each.id === 791 ? { ...each, parent: 789 } : each)), more: true });
  assert.equal(shown().at(-1), 900);
  assert.equal(shown()[0], 701);
});
