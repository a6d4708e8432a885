/** The developer panel's figures of the worker: its own ping measures the way, and nothing else is heard as its answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Figures } from "../../static/js/worker/figures.js";
import { Watches } from "../../static/js/worker/watches.js";
import { Clock } from "./support.js";

/** @param {{ open: boolean }} connection */
function scene(connection) {
  const clock = new Clock();
  /** @type {any[]} */ const sent = [];
  /** @type {any[]} */ const told = [];
  const send = (/** @type {any} */ frame) => Boolean(sent.push(frame));
  const watches = new Watches({ send, changed() {}, gone() {}, clock });
  const figures = new Figures({
    send, watches, now: clock.now, tell: (message) => void told.push(message),
    connection: () => ({ ...connection, received: { frames: 7, chars: 900 } }),
  });
  return { clock, sent, told, watches, figures };
}

test("a round trip is measured by a separate ping, one at a time", () => {
  const { clock, sent, told, figures } = scene({ open: true });
  figures.ask();
  figures.ask();
  assert.deepEqual(sent, [{ type: "ping", re: "figures" }]);
  clock.pass(12);
  assert.equal(figures.hear({ type: "pong" }), false, "the connection's own pings are none of its business");
  assert.equal(figures.hear({ type: "pong", re: "figures" }), true);
  assert.equal(told[0].rttMs, 12);
  assert.equal(told[0].frames, 7);
  assert.equal(told[0].state, "open");
  figures.ask();
  clock.pass(11_000);
  figures.ask();
  assert.equal(sent.length, 3, "a ping that was lost with its connection does not silence the panel");
});

test("without a connection the figures come at once, and say so", () => {
  const { sent, told, figures } = scene({ open: false });
  figures.ask();
  assert.deepEqual(sent, []);
  assert.equal(told[0].state, "closed");
  assert.equal(told[0].rttMs, null);
});

test("the text and blocks of a watched run are counted until it is forgotten", () => {
  const { told, watches, figures } = scene({ open: false });
  watches.watchRun(5, 1);
  watches.hear({ type: "run.patch", run: 5, after: 0, seq: 1, changes: [["add", 0, { type: "text", text: "One.\n\nTwo.\n\nThree" }]], done: false });
  watches.body(5)?.flush([{ type: "text", text: "One.\n\nTwo.\n\nThree" }], {}, false);
  figures.ask();
  assert.deepEqual([told[0].runs, told[0].textChars, told[0].blocks], [1, 17, 1]);
  watches.forgetRun(5);
  figures.ask();
  assert.deepEqual([told[1].runs, told[1].textChars, told[1].blocks], [0, 0, 0]);
});
