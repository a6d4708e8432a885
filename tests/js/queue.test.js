/** What is written before the last message has its place follows it: over a lost connection, a reload, a refusal; in order, each once. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeStorage, useDocument } from "./support.js";

useDocument();
Object.assign(globalThis, { window: globalThis });
const { showUnsent, sendUnanswered, steps } = await import("../../static/js/verbs/actions.js");
const { settle } = await import("../../static/js/verbs/ask.js");
const { link } = await import("../../static/js/link/link.js");
const { sendAgain, sendNext, sendFollowers, takeBack, waiting } = await import("../../static/js/verbs/queue.js");
const { store } = await import("../../static/js/state/store.js");
const { allUnsent, forgetUnsent, refuseUnsent } = await import("../../static/js/state/unsent.js");

/** @import { Waiting } from "../../static/js/verbs/queue.js" */

/** @type {any[]} */ let sent = [];
link.send = (frame) => void sent.push(frame);
const C = "c1";

beforeEach(() => {
  Object.defineProperty(globalThis, "localStorage", { value: new FakeStorage(), configurable: true });
  store.person.become({ id: 1, name: "Alice", is_staff: false });
  reload();
});

/** What a fresh page does. @param {string | null} conversation */
function reload(conversation = C) {
  sent = [];
  store.turnTo(conversation, {});
  sendUnanswered();
  showUnsent();
}

/** @param {any[]} messages @param {any[]} queue */
function patch(messages, queue = []) {
  store.conversation.applyPatch(/** @type {any} */ ({
    conversation: store.open.id, after: 1, revision: 2, title: "", role: "owner", upstream: "u", model: "m", options: {}, members: [], messages, queue, more: false,
  }));
}

/** A question and its answer. @param {number} id @param {string} status @param {string | null} clientId */
const asked = (id, status, clientId = null) => [
  { id, parent: id > 2 ? id - 1 : null, role: "user", author: null, parts: [], created_at: "", client_id: clientId, run: null },
  { id: id + 1, parent: id, role: "assistant", author: null, parts: [], created_at: "", client_id: null, run: { id, status, seq: 1 } },
];

/** What the server says to one: that it is stored, with its answer, or that it waits. @param {string} clientId @param {number} [answer] */
function stored(clientId, answer) {
  if (answer) store.conversation.outgoing.store(clientId, answer);
  sendFollowers({ client_id: clientId, conversation: C, ...(answer ? { answer } : {}) });
  forgetUnsent(clientId);
}

const texts = () => sent.map(({ text }) => text);
const shown = () => waiting().map(({ text }) => text);

test("a message with nothing before it is posted into the thread", () => {
  patch(asked(1, "done"));
  sendNext("Hello", []);
  assert.deepEqual([sent[0].parent, sent[0].behind, shown()], [2, undefined, []]);
  assert.equal(steps().at(-1)?.message.pending?.error, null);
});

test("a message that is sent while the answer is written goes to the server's queue, and is shown until it is there", () => {
  patch(asked(1, "running"));
  sendNext("Next", []);
  assert.deepEqual([sent[0].parent, shown(), waiting()[0]?.stored], [2, ["Next"], false]);
  const clientId = sent[0].client_id;
  stored(clientId);
  assert.deepEqual([shown(), allUnsent()], [["Next"], []]);
  patch([], [{ client_id: clientId, text: "Next", author: { id: 1, name: "Alice" }, after: 2, held: false, attachments: [] }]);
  assert.deepEqual(waiting().map((message) => [message.text, message.stored, message.free]), [["Next", true, true]]);
});

test("several messages written offline follow each other, each once, also after a reload", () => {
  patch(asked(1, "done"));
  sendNext("One", []);
  sendNext("Two", []);
  sendNext("Three", []);
  assert.deepEqual([texts(), shown()], [["One"], ["Two", "Three"]]);
  reload();
  assert.deepEqual([texts(), shown()], [["One"], ["Two", "Three"]]);
  stored(sent[0].client_id, 4);
  assert.deepEqual(sent.slice(1).map(({ text, parent, behind }) => [text, parent, behind]), [["Two", 4, true]]);
  stored(sent[1].client_id);
  assert.deepEqual(sent.slice(2).map(({ text, parent, behind }) => [text, parent, behind]), [["Three", 4, true]]);
  stored(sent[2].client_id);
  assert.deepEqual([texts(), allUnsent()], [["One", "Two", "Three"], []]);
});

test("the second message of a conversation that is not stored yet goes into that one", () => {
  reload(/** @type {any} */ (null));
  store.conversation.setOptions({ temperature: 1 });
  sendNext("Begin", []);
  sendNext("And then", []);
  assert.deepEqual([sent.length, sent[0].conversation, sent[0].options], [1, null, { temperature: 1 }]);
  stored(sent[0].client_id, 2);
  assert.deepEqual([sent[1].conversation, sent[1].parent, sent[1].options], [C, 2, undefined]);
});

test("a message that is sent after the server's reply but before its rows follows the new answer", () => {
  patch(asked(1, "done"));
  sendNext("One", []);
  stored(sent[0].client_id, 4);
  sendNext("Two", []);
  assert.deepEqual([sent[1].parent, sent[1].behind], [4, true]);
});

test("a message whose predecessor disappeared is sent below the last one", () => {
  patch(asked(1, "done"));
  sendNext("One", []);
  sendNext("Two", []);
  forgetUnsent(sent[0].client_id);
  reload();
  assert.deepEqual(sent.map(({ text, parent, behind }) => [text, parent, behind]), [["Two", 2, true]]);
});

test("a refused message keeps its text, says why, is sent again on demand, and those after it wait for that", () => {
  patch(asked(1, "running"));
  sendNext("One", []);
  sendNext("Two", []);
  const [{ client_id: clientId }] = sent;
  refuseUnsent(clientId, "Too much waits.");
  store.conversation.outgoing.changeQueued(clientId, { error: "Too much waits." });
  reload();
  assert.deepEqual([sent, waiting().map(({ text, error }) => [text, error])], [[], [["One", "Too much waits."], ["Two", null]]]);
  sendAgain(clientId);
  stored(clientId);
  assert.deepEqual(texts(), ["One", "Two"]);
});

test("an unsent message is removed without asking the server, and those after it move up", async () => {
  patch(asked(1, "done"));
  for (const text of ["One", "Two", "Three"]) sendNext(text, []);
  const [two] = waiting();
  assert.equal(two?.free, true);
  await takeBack(/** @type {Waiting} */ (two));
  assert.deepEqual([shown(), texts()], [["Three"], ["One"]]);
  stored(sent[0].client_id, 4);
  assert.deepEqual(texts(), ["One", "Three"]);
});

test("a message that waits on the server is taken back by a command, and a refusal is reported", async () => {
  patch(asked(1, "running"), [{ client_id: "waiting-1", text: "Mine", author: { id: 1, name: "Alice" }, after: 2, held: false, attachments: [] }]);
  const done = takeBack(/** @type {Waiting} */ (waiting()[0]));
  assert.deepEqual([sent[0].type, sent[0].client_id, sent[0].conversation], ["message.cancel", "waiting-1", C]);
  settle({ re: sent[0].re, code: "not_found", message: "Gone out." }, false);
  await assert.rejects(done, { code: "not_found" });
});

test("somebody else's message is shown and cannot be removed", () => {
  patch(asked(1, "running"), [{ client_id: "waiting-1", text: "Bob's", author: { id: 2, name: "Bob" }, after: 2, held: true, attachments: [] }]);
  assert.deepEqual(waiting().map(({ free, held, author }) => [free, held, author.name]), [[false, true, "Bob"]]);
});
