/** How a reader stays in step: patches that fit, patches that do not, reconnects, and no loops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../static/js/worker/outbox.js";
import { Renders } from "../../static/js/worker/renders.js";
import { Watches } from "../../static/js/worker/watches.js";
import { Clock, WELCOME, chance, pieces } from "./support.js";

function setUp() {
  const clock = new Clock();
  /** @type {any[]} */ const sent = [];
  /** @type {any[]} */ const changed = [];
  /** @type {string[]} */ const gone = [];
  const watches = new Watches({
    send: (frame) => void sent.push(frame),
    changed: (run) => void changed.push(run),
    gone: (conversation) => void gone.push(conversation),
    clock,
  });
  const asks = () => sent.filter(({ type }) => type === "run.watch").map(({ after }) => after);
  const shown = () => changed.at(-1)?.state.parts[0]?.text;
  return { clock, sent, changed, gone, watches, asks, shown };
}

/** @param {number} after @param {number} seq @param {string} text @param {object} [more] */
const patch = (after, seq, text, more = {}) => ({
  type: "run.patch",
  run: 7,
  after,
  seq,
  changes: after === 0 ? [["add", 0, { type: "text", text }]] : [["text", 0, text]],
  ...more,
});

test("patches that follow on each other are folded", () => {
  const { watches, asks, shown } = setUp();
  watches.watchRun(7, 70);
  for (const frame of [patch(0, 3, "a"), patch(3, 5, "b"), patch(5, 6, "c")]) assert.equal(watches.hear(frame), false);
  assert.equal(shown(), "abc");
  assert.deepEqual(asks(), [0]);
});

test("C3: a reconnect asks from the reader's seq, and nothing is lost or doubled", () => {
  const { watches, asks, shown } = setUp();
  watches.watchRun(7, 70);
  watches.hear(patch(0, 3, "a"));
  watches.opened();
  assert.deepEqual(asks(), [0, 3]);
  watches.hear(patch(3, 9, "bc"));
  assert.equal(shown(), "abc");
});

test("C1, C3: any cut of the journal into patches, with drops and repeats, ends in the whole text", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = chance(seed);
    const { clock, watches, sent, shown } = setUp();
    const text = "The quick brown fox 👩‍👩‍👧 jumps over the lazy dog.";
    const journal = pieces(text, random, 3);
    const answer = (/** @type {number} */ after, upTo = journal.length) =>
      patch(after, upTo, journal.slice(after, upTo).join(""), upTo === journal.length ? { done: true } : {});
    watches.watchRun(7, 70);
    let at = 0;
    while (at < journal.length) {
      const from = random() < 0.2 ? Math.floor(random() * (at + 1)) : at;
      const to = Math.min(journal.length - 1, from + 1 + Math.floor(random() * 3));
      if (random() > 0.2 && to > from) watches.hear(answer(from, to));
      if (random() < 0.1) watches.opened();
      at = Math.max(at, to);
      const ask = sent.splice(0).findLast(({ type }) => type === "run.watch");
      if (ask && random() < 0.8) {
        watches.hear(answer(ask.after, Math.max(ask.after + 1, Math.min(at, journal.length - 1))));
      }
      clock.pass(400);
      if (at >= journal.length - 1) break;
    }
    sent.length = 0;
    watches.opened();
    const last = sent.findLast(({ type }) => type === "run.watch");
    if (last) watches.hear(answer(last.after));
    assert.equal(shown(), text, `seed ${seed}`);
  }
});

test("missed changes are asked for once, from the reader's seq, and then more and more rarely", () => {
  const { clock, watches, asks } = setUp();
  watches.watchRun(7, 70);
  watches.hear(patch(0, 3, "a"));
  for (let i = 0; i < 50; i += 1) watches.hear(patch(8, 9 + i, "x"));
  assert.deepEqual(asks(), [0, 3]);
  clock.pass(120_000);
  assert.deepEqual(asks().slice(0, 4), [0, 3, 3, 0]);
  assert.ok(asks().length < 10);
});

test("C24: a server whose sequence restarts causes one clean reload and no loop", () => {
  const { clock, watches, asks, shown, changed } = setUp();
  watches.watchRun(7, 70);
  watches.hear(patch(0, 500, "old"));
  watches.opened();
  watches.hear(patch(0, 20, "restored"));
  assert.equal(shown(), "restored");
  watches.hear(patch(20, 21, "!"));
  assert.equal(shown(), "restored!");
  assert.deepEqual(asks(), [0, 500]);
  assert.equal(changed.length, 3);
  // A server that never makes sense is asked ever more rarely.
  for (let second = 0; second < 600; second += 1) {
    watches.hear(patch(900, 901, "x"));
    watches.hear(patch(0, 5, "y"));
    clock.pass(1000);
  }
  assert.ok(asks().length < 60, String(asks().length));
});

test("after a change that does not fit, the run is asked for from the beginning", () => {
  const { watches, asks, shown } = setUp();
  watches.watchRun(7, 70);
  watches.hear(patch(0, 3, "a"));
  watches.hear({ type: "run.patch", run: 7, after: 3, seq: 4, changes: [["text", 0, "b"], ["text", 9, "?"]] });
  assert.deepEqual(asks(), [0, 0]);
  watches.hear(patch(0, 4, "ab"));
  assert.equal(shown(), "ab");
});

test("patches of runs that nobody watches, and patches after the end, are dropped", () => {
  const { watches, changed } = setUp();
  watches.hear(patch(0, 1, "a"));
  assert.equal(changed.length, 0);
  watches.watchRun(7, 70);
  watches.hear(patch(0, 2, "a", { done: true }));
  watches.hear(patch(2, 3, "late"));
  assert.equal(changed.length, 1);
});

test("a run that is not found is not asked for again", () => {
  const { watches, sent } = setUp();
  watches.watchRun(7, 70);
  assert.equal(watches.hear({ type: "error", code: "not_found", message: "Not found.", re: sent[0].re }), false);
  sent.length = 0;
  watches.opened();
  assert.deepEqual(sent, []);
});

test("a conversation that is not found is gone for the page, and not asked for again", () => {
  const { clock, watches, sent, gone } = setUp();
  watches.watchConversation({ type: "conversation.watch", conversation: "c", after: 0 });
  assert.equal(watches.hear({ type: "error", code: "not_found", message: "Not found.", re: sent[0].re }), false);
  assert.deepEqual(gone, ["c"]);
  sent.length = 0;
  clock.pass(60_000);
  watches.opened();
  assert.deepEqual(sent, []);
});

for (const code of ["not_saved", "too_fast", "limit"]) {
  test(`S5: a watch that is refused with ${code} is asked again until it is answered, ever more rarely`, () => {
    const { clock, watches, sent, changed } = setUp();
    watches.watchConversation({ type: "conversation.watch", conversation: "c", after: 4 });
    watches.watchRun(7, 70);
    watches.hear(patch(0, 3, "a"));
    const refuse = () => {
      for (const { re } of sent.splice(0)) assert.equal(watches.hear({ type: "error", code, message: "m", re }), false);
    };
    watches.opened();
    refuse();
    assert.deepEqual(sent, [], "not at once");
    let asked = 0;
    for (let second = 0; second < 15; second += 1) {
      clock.pass(1000);
      asked += sent.length;
      refuse();
    }
    assert.ok(asked >= 6 && asked <= 10, String(asked));
    clock.pass(30_000);
    assert.deepEqual(sent.map(({ type, after }) => [type, after]), [["conversation.watch", 4], ["run.watch", 3]]);
    watches.hear({ type: "conversation.patch", conversation: "c", after: 4, revision: 5, messages: [], members: [] });
    watches.hear(patch(3, 4, "b"));
    assert.equal(changed.at(-1).state.parts[0].text, "ab");
    sent.length = 0;
    clock.pass(120_000);
    assert.deepEqual(sent, []);
  });
}

test("an error that is not about a watch is passed to the page", () => {
  const { watches } = setUp();
  for (const re of [undefined, "ask-1", "run.watch", "4f0c7a1e-0000-4000-8000-000000000000"]) {
    assert.equal(watches.hear({ type: "error", code: "not_saved", message: "m", re }), true);
  }
});

test("conversations catch up by revision, and missed changes are asked for", () => {
  const { watches, sent } = setUp();
  const news = (/** @type {number} */ after, /** @type {number} */ revision) =>
    watches.hear({ type: "conversation.patch", conversation: "c", after, revision, messages: [], members: [] });
  watches.watchConversation({ type: "conversation.watch", conversation: "c", after: 0 });
  assert.equal(news(0, 4), true);
  assert.equal(news(4, 5), true);
  assert.equal(news(7, 8), false);
  assert.deepEqual(sent.map(({ after }) => after), [0, 5]);
  assert.equal(news(5, 8), true);
  watches.opened();
  assert.equal(sent.at(-1).after, 8);
  watches.unwatchConversation({ type: "conversation.unwatch", conversation: "c" });
  assert.equal(news(8, 9), false);
  sent.length = 0;
  watches.opened();
  assert.deepEqual(sent, []);
});

function outbox({ open = true } = {}) {
  const state = { open };
  /** @type {any[]} */ const sent = [];
  /** @type {any[]} */ const refused = [];
  const box = new Outbox(
    (frame) => {
      if (state.open) sent.push(frame);
      return state.open;
    },
    (error) => void refused.push(error),
  );
  return { state, sent, refused, box };
}

const post = (/** @type {string} */ client_id, text = "hello") => ({ type: "message.post", client_id, text });

test("C5: an unanswered message is sent again under the same client id, an answered one is not", () => {
  const { sent, box } = outbox();
  box.post(post("client-1"));
  box.post(post("client-2"));
  assert.equal(box.hear({ type: "message.posted", client_id: "client-1" }), true);
  box.opened(WELCOME);
  assert.deepEqual(sent.map(({ client_id }) => client_id), ["client-1", "client-2", "client-2"]);
});

test("C5: messages written offline are sent in their order", () => {
  const { state, sent, box } = outbox({ open: false });
  box.post(post("client-1"));
  box.post({ type: "run.stop", run: 3 });
  box.post(post("client-2"));
  assert.deepEqual(sent, []);
  state.open = true;
  box.opened(WELCOME);
  assert.deepEqual(sent.map(({ client_id, run }) => client_id ?? run), ["client-1", "client-2", 3]);
  box.opened(WELCOME);
  assert.equal(sent.length, 5);
});

test("C6: two commands with the same client id make one message", () => {
  const { sent, box } = outbox();
  box.post(post("client-1"));
  box.post(post("client-1"));
  assert.equal(sent.length, 1);
});

test("a command is sent again after the refusal of a stopping server, but not after another error", () => {
  const { sent, box } = outbox();
  box.post(post("client-1"));
  assert.equal(box.hear({ type: "error", code: "stopping", message: "m", client_id: "client-1" }), false);
  box.opened(WELCOME);
  assert.equal(sent.length, 2);
  assert.equal(box.hear({ type: "error", code: "not_saved", message: "m", client_id: "client-1" }), true);
  box.opened(WELCOME);
  assert.equal(sent.length, 2);
});

test("C12: a message that is too long is refused by the worker, with its client id", () => {
  const { sent, refused, box } = outbox();
  box.opened({ ...WELCOME, max_message_chars: 10 });
  box.post(post("client-1", "x".repeat(10)));
  box.post(post("client-2", "x".repeat(11)));
  assert.deepEqual(sent.map(({ client_id }) => client_id), ["client-1"]);
  assert.deepEqual(refused.map(({ code, client_id }) => [code, client_id]), [["too_large", "client-2"]]);
});

test("the first render comes at once, then one per interval, and none before the page has played the last", () => {
  const clock = new Clock();
  /** @type {any[]} */ const told = [];
  /** @type {any[]} */ const ended = [];
  const renders = new Renders({ clock, tell: (render) => void told.push(render), ended: (run) => void ended.push(run) });
  const watches = new Watches({ send() {}, changed: (run) => renders.changed(run), gone() {}, clock });
  watches.watchRun(7, 70);
  watches.hear(patch(0, 1, "a"));
  assert.equal(told.length, 1);
  watches.hear(patch(1, 2, "b"));
  clock.pass(1000);
  assert.equal(told.length, 1, "the page has not played the first yet");
  renders.played(1);
  assert.equal(told.length, 2);
  renders.played(1);
  watches.hear(patch(2, 3, "c"));
  watches.hear(patch(3, 4, "d"));
  assert.equal(told.length, 2);
  clock.pass(49);
  assert.equal(told.length, 2);
  clock.pass(1);
  assert.equal(told.length, 3);
  assert.equal(told[2].seq, 4);
  watches.hear(patch(4, 5, "e", { done: true }));
  clock.pass(20_000);
  assert.equal(told.length, 4, "a page that never answers is told all the same");
  assert.equal(told[3].done, true);
  assert.equal(ended.length, 1);
});

test("a fresh container gets everything", () => {
  const { watches, changed } = setUp();
  watches.watchRun(7, 70);
  watches.hear(patch(0, 1, "a"));
  const first = changed.at(-1);
  assert.deepEqual(first.body.flush(first.state.parts, first.state.run, false)[0], ["reset"]);
  watches.watchRun(7, 71);
  const second = changed.at(-1);
  assert.equal(second.message, 71);
  assert.deepEqual(second.body.flush(second.state.parts, second.state.run, false)[0], ["reset"]);
});
