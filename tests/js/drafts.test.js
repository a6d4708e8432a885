/** A draft on two devices, over lost connections and reloads: the newest wins, and nothing is overwritten unseen. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { FakeStorage, useDocument } from "./support.js";

useDocument();
Object.assign(globalThis, { window: globalThis, addEventListener: () => {} });
const { settle } = await import("../../static/js/verbs/ask.js");
const { link } = await import("../../static/js/link/link.js");
const { draftOf, receiveDraft, startDrafts } = await import("../../static/js/verbs/drafts.js");
const { store } = await import("../../static/js/state/store.js");

/** @type {any[]} */ let sent = [];
/** @type {Record<string, (frame: any) => void>} */ const heard = {};
link.send = (frame) => void sent.push(frame);
link.on = (type, call) => {
  heard[type] = call;
  return () => {};
};
startDrafts();
mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1 });

/** The server's row, and how it answers. */
const server = { text: "", revision: 0, lose: false };
let number = 0;
let id = "";

beforeEach(() => {
  Object.defineProperty(globalThis, "localStorage", { value: new FakeStorage(), configurable: true });
  store.person.become({ id: 1, name: "Alice", is_staff: false });
  id = `c${(number += 1)}`;
  store.turnTo(id, {});
  Object.assign(server, { text: "", revision: 0, lose: false });
  sent = [];
  heard.link?.({ state: "open" });
});

/** Let the server answer everything that was sent. */
async function answer() {
  for (;;) {
    const frame = sent.shift();
    if (!frame) return;
    if (frame.conversation !== id) continue; // of a draft of another test
    if (frame.type === "draft.save" && frame.revision >= server.revision && frame.text !== server.text) {
      Object.assign(server, { text: frame.text, revision: frame.revision + 1 });
    }
    if (server.lose) continue;
    const stored = { type: "draft", conversation: id, text: server.text, revision: server.revision, re: frame.re };
    receiveDraft(stored);
    settle(stored, true);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** @param {string} text by another device */
function elsewhere(text) {
  Object.assign(server, { text, revision: server.revision + 1 });
  receiveDraft({ conversation: id, text, revision: server.revision });
}

test("a draft is in this browser at once, and on the server after a pause, in one save for many keys", async () => {
  const draft = draftOf(id);
  for (const text of ["H", "He", "Hello"]) draft.type(text);
  assert.equal(localStorage.getItem(`parley.1.draft.${id}`), "Hello");
  mock.timers.tick(900);
  assert.deepEqual(sent, []);
  mock.timers.tick(200);
  assert.deepEqual(sent.map(({ type, text, revision }) => [type, text, revision]), [["draft.save", "Hello", 0]]);
  await answer();
  assert.deepEqual([server.text, draft.unsaved], ["Hello", false]);
});

test("a draft typed without pauses is saved every few seconds, and never twice at once", () => {
  const draft = draftOf(id);
  for (let key = 0; key < 40; key += 1) {
    draft.type("x".repeat(key + 1));
    mock.timers.tick(300);
  }
  assert.equal(sent.length, 1, "the answer is not here yet");
});

test("what another device wrote appears where nothing is unsaved", () => {
  const draft = draftOf(id);
  elsewhere("From the phone");
  assert.deepEqual([draft.text, draft.other], ["From the phone", ""]);
  elsewhere("");
  assert.equal(draft.text, "");
});

test("unsaved words stay, the other text is offered, and then the newest wins", async () => {
  const draft = draftOf(id);
  draft.type("Mine");
  elsewhere("Theirs");
  assert.deepEqual([draft.text, draft.other], ["Mine", "Theirs"]);
  mock.timers.tick(1100);
  await answer();
  assert.deepEqual([server.text, draft.other], ["Mine", "Theirs"]);
  assert.equal(draft.takeOther(), "Mine");
  assert.deepEqual([draft.text, draft.other], ["Theirs", ""]);
});

test("the same text from another device is not offered", () => {
  const draft = draftOf(id);
  draft.type("The same");
  elsewhere("The same");
  assert.deepEqual([draft.text, draft.other, draft.unsaved], ["The same", "", false]);
});

test("sending clears the draft for all devices at once, also while a save of it is on its way", async () => {
  const draft = draftOf(id);
  draft.type("Hello");
  mock.timers.tick(1100);
  draft.clear();
  await answer();
  assert.deepEqual([draft.text, server.text, server.revision], ["", "", 2]);
  elsewhere("Again");
  assert.equal(draft.text, "Again", "the box was empty");
  elsewhere("");
  assert.equal(draft.text, "", "an empty text of another device is not taken for the own one");
});

test("a save whose answer was lost is recognised afterwards, and what was typed since is saved", async () => {
  const draft = draftOf(id);
  draft.type("Into the tun");
  mock.timers.tick(1100);
  server.lose = true;
  await answer();
  heard.link?.({ state: "closed" });
  draft.type("Into the tunnel");
  mock.timers.tick(60_000);
  assert.deepEqual(sent, [], "nothing is sent without a connection");
  server.lose = false;
  heard.link?.({ state: "open" });
  heard.welcome?.({});
  await answer();
  assert.deepEqual([draft.text, draft.other], ["Into the tunnel", ""]);
  mock.timers.tick(1100);
  await answer();
  assert.equal(server.text, "Into the tunnel");
});

test("a draft that an earlier page could not save is saved at the next connection, whichever is shown", async () => {
  localStorage.setItem(`parley.1.draft.${id}`, "Written in the train");
  store.turnTo(null, {});
  heard.welcome?.({});
  assert.ok(sent.some(({ type, conversation }) => type === "draft.get" && conversation === id));
  sent = sent.filter(({ conversation }) => conversation === id);
  await answer();
  mock.timers.tick(1100);
  await answer();
  assert.equal(server.text, "Written in the train");
});

test("with a blocked storage a draft is lost only by a reload", () => {
  Object.defineProperty(globalThis, "localStorage", { get: () => { throw new Error("blocked"); }, configurable: true });
  const draft = draftOf(id);
  draft.type("All the same");
  assert.equal(draft.text, "All the same");
});
