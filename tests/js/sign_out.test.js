/** Signing out: drafts are saved once more, what could not be saved is counted, and afterwards nothing is remembered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeStorage, useDocument } from "./support.js";

useDocument();
Object.assign(globalThis, { window: globalThis, addEventListener: () => {} });
const { settle } = await import("../../static/js/verbs/ask.js");
const { link } = await import("../../static/js/link/link.js");
const { draftOf, saveDrafts, startDrafts } = await import("../../static/js/verbs/drafts.js");
const { forgetAll, namesOf, recall, remember } = await import("../../static/js/state/memory.js");
const { store } = await import("../../static/js/state/store.js");

const storage = new FakeStorage();
Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
/** @type {Record<string, (frame: any) => void>} */ const heard = {};
link.on = (type, call) => {
  heard[type] = call;
  return () => {};
};
let saved = 0;
link.send = (frame) => {
  saved += 1;
  queueMicrotask(() => settle(/** @type {any} */ ({ type: "draft", conversation: frame.conversation, text: frame.text, revision: saved, re: frame.re }), true));
};
startDrafts();
store.person.become({ id: 1, name: "Alice", is_staff: false });

test("offline, every text that is in this browser only is counted", async () => {
  draftOf("a").type("one");
  draftOf(null).type("two");
  draftOf("b").type("three");
  draftOf("b").type("");
  assert.equal(await saveDrafts(), 2);
  assert.equal(saved, 0);
});

test("with a connection they are saved, and none is counted", async () => {
  heard.link?.({ state: "open" });
  assert.equal(await saveDrafts(), 0);
  assert.ok(saved >= 2);
});

test("afterwards nothing is remembered, also not when the page closes; other people's words stay", () => {
  storage.setItem("parley.2.draft.a", "Bob's");
  assert.ok(namesOf("").length > 0);
  forgetAll();
  remember("draft.a", "again");
  draftOf("a").storeText();
  assert.deepEqual(namesOf(""), []);
  assert.equal(recall("draft.a"), "");
  assert.equal(storage.getItem("parley.2.draft.a"), "Bob's");
});
