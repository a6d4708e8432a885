/** What was sent and not answered outlives the page: shown again, sent again under the same id, gone once it is stored (C5). */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeStorage, useDocument } from "./support.js";

useDocument();
const { post, sendPending, sendUnanswered, showUnsent, steps } = await import("../../static/js/verbs/actions.js");
const { link } = await import("../../static/js/link/link.js");
const { store } = await import("../../static/js/state/store.js");
const { allUnsent, forgetUnsent, storeUnsent, refuseUnsent } = await import("../../static/js/state/unsent.js");

/** @type {any[]} */ let sent = [];
link.send = (frame) => void sent.push(frame);

beforeEach(() => {
  Object.defineProperty(globalThis, "localStorage", { value: new FakeStorage(), configurable: true });
  store.person.become({ id: 1, name: "Alice", is_staff: false });
  reload(null);
});

/** What a fresh page does. @param {string | null} conversation */
function reload(conversation) {
  sent = [];
  store.turnTo(conversation, {});
  sendUnanswered();
  showUnsent();
}

const shown = () => steps().map(({ message }) => [message.parts[0]?.text, message.pending?.error]);

for (const conversation of [null, "c1"]) {
  test(`after a reload an unanswered post is shown in ${conversation ?? "a new conversation"}, and sent once more, the same`, () => {
    reload(conversation);
    post("Written in the tunnel");
    const [first] = sent;
    reload(conversation);
    assert.deepEqual(shown(), [["Written in the tunnel", null]]);
    assert.deepEqual(sent, [first]);
    assert.equal(first.conversation, conversation);
    forgetUnsent(first.client_id);
    reload(conversation);
    assert.deepEqual([shown(), sent], [[], []]);
  });
}

test("an unanswered post is shown only in its conversation, and sent wherever the page starts", () => {
  reload("c1");
  post("Mine");
  reload("c2");
  assert.deepEqual(shown(), []);
  assert.deepEqual(sent.map(({ conversation, text }) => [conversation, text]), [["c1", "Mine"]]);
});

test("another person at the same browser neither sees nor sends an unanswered post", () => {
  post("Mine");
  store.person.become({ id: 2, name: "Bob", is_staff: false });
  reload(null);
  assert.deepEqual([shown(), sent], [[], []]);
});

test("a refused post keeps its text and is sent again only when the person says so", () => {
  post("No model yet");
  const [{ client_id: clientId }] = sent;
  refuseUnsent(clientId, "That model is gone.");
  reload(null);
  assert.deepEqual([shown(), sent], [[["No model yet", "That model is gone."]], []]);
  store.models.learn([], { upstream: "u", model: "m" });
  sendPending(clientId);
  assert.deepEqual(sent.map(({ client_id, text, model }) => [client_id, text, model]), [[clientId, "No model yet", "m"]]);
  reload(null);
  assert.deepEqual(sent.map(({ client_id }) => client_id), [clientId]);
});

test("a post is sent again with its files after a reload and after a refusal", () => {
  const file = { type: /** @type {const} */ ("attachment"), id: "f1", name: "a.txt", media_type: "text/plain", kind: /** @type {const} */ ("text"), size_bytes: 3, width: null, height: null };
  post("Read this", null, [file]);
  const [{ client_id: clientId }] = sent;
  assert.deepEqual(sent.map(({ attachments }) => attachments), [["f1"]]);
  reload(null);
  assert.deepEqual(sent.map(({ attachments }) => attachments), [["f1"]]);
  assert.deepEqual(steps().at(-1)?.message.parts[0], file);
  refuseUnsent(clientId, "Not now.");
  reload(null);
  sendPending(clientId);
  assert.deepEqual(sent.map(({ client_id, attachments }) => [client_id, attachments]), [[clientId, ["f1"]]]);
});

test("a refused post hides nothing that was written after it", () => {
  post("Refused");
  refuseUnsent(sent[0].client_id, "No.");
  reload(null);
  post("Taken");
  assert.deepEqual(shown(), [["Taken", null]]);
  assert.equal(steps()[0]?.siblings.length, 2);
});

test("only the newest 100 are stored", () => {
  for (let number = 100; number < 220; number += 1) {
    const created_at = `2026-11-23T10:00:00.${number}Z`;
    storeUnsent({ client_id: `client-${number}`, conversation: null, parent: null, text: "x", upstream: "", model: "", created_at, error: null });
  }
  assert.deepEqual([allUnsent().length, allUnsent().at(-1)?.client_id], [100, "client-219"]);
});

test("a storage that is blocked, full or full of nonsense reads as empty", () => {
  localStorage.setItem("parley.1.unsent.a", "nonsense");
  localStorage.setItem("parley.1.unsent.b", '{"text":7}');
  reload(null);
  assert.deepEqual(sent, []);
  Object.defineProperty(globalThis, "localStorage", { get: () => { throw new Error("blocked"); }, configurable: true });
  post("All the same");
  assert.equal(sent.length, 1);
  reload(null);
  assert.deepEqual(sent, []);
});
