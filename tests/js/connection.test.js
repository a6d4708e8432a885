/** The life of the socket, with a clock and sockets of our own. Ids are those of the project's list of faults. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../static/js/worker/connection.js";
import { Clock, FakeSocket, WELCOME, chance } from "./support.js";

/** @param {{ random?: () => number }} [options] */
function setUp({ random = () => 0.5 } = {}) {
  const clock = new Clock();
  /** @type {FakeSocket[]} */ const sockets = [];
  /** @type {any[]} */ const heard = [];
  /** @type {any[]} */ const reports = [];
  const world = {
    ...{ setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout, random },
    open: (/** @type {string} */ url) => {
      sockets.push(new FakeSocket(url));
      return /** @type {FakeSocket} */ (sockets.at(-1));
    },
  };
  const connection = new Connection({
    url: "wss://chat.example/ws/",
    world,
    hear: (frame) => heard.push(frame),
    report: (report) => reports.push(report),
  });
  const socket = () => /** @type {FakeSocket} */ (sockets.at(-1));
  return { clock, sockets, socket, heard, reports, connection, states: () => reports.map(({ state }) => state) };
}

/** @param {{ random?: () => number }} [options] */
function opened(options = {}) {
  const all = setUp(options);
  all.connection.start();
  all.socket().says(WELCOME);
  return all;
}

test("a connection sends the protocol's version and is open after the welcome", () => {
  const { connection, socket, heard, states } = opened();
  assert.equal(socket().url, "wss://chat.example/ws/?protocol=2");
  assert.deepEqual(states(), ["connecting", "open"]);
  assert.equal(heard[0].type, "welcome");
  assert.equal(connection.send({ type: "run.stop", run: 1 }), true);
  assert.deepEqual(socket().sentOf("run.stop"), [{ type: "run.stop", run: 1 }]);
});

test("nothing is sent before the welcome", () => {
  const { connection, socket } = setUp();
  connection.start();
  assert.equal(connection.send({ type: "ping" }), false);
  assert.deepEqual(socket().sent, []);
});

test("waits double up to a limit, with full jitter, and are reported", () => {
  const { clock, sockets, socket, reports, connection } = setUp({ random: () => 0.999 });
  connection.start();
  const waits = [];
  for (let i = 0; i < 10; i += 1) {
    socket().ends(1006);
    const wait = reports.at(-1).retry_in_seconds;
    waits.push(wait);
    clock.pass(wait * 1000 + 100);
    assert.equal(sockets.length, i + 2);
  }
  assert.deepEqual(waits.slice(0, 4), [0.5, 1, 2, 4]);
  assert.equal(waits.at(-1), 30);
});

test("C20: after a restart five hundred readers come back spread out", () => {
  const random = chance(3);
  const waits = Array.from({ length: 500 }, () => {
    const { socket, reports } = opened({ random });
    socket().ends(4000);
    return reports.at(-1).retry_in_seconds;
  });
  assert.ok(Math.max(...waits) <= 0.5 && Math.max(...waits) - Math.min(...waits) > 0.4);
});

test("a server that accepts connections and drops them is tried more and more rarely", () => {
  const { clock, sockets, socket, reports, connection } = setUp({ random: () => 1 });
  connection.start();
  const waits = [];
  for (let i = 0; i < 6; i += 1) {
    socket().says(WELCOME);
    socket().ends(1006);
    waits.push(reports.at(-1).retry_in_seconds);
    clock.pass(waits.at(-1) * 1000);
  }
  assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 16]);
  socket().says(WELCOME);
  clock.pass(6000);
  socket().ends(1006);
  assert.equal(reports.at(-1).retry_in_seconds, 0.5);
  assert.ok(sockets.length > 6);
});

test("C8: silence of more than two and a half heartbeats is a lost connection, and a new one opens at once", () => {
  const { clock, sockets } = opened();
  const first = /** @type {FakeSocket} */ (sockets[0]);
  clock.pass(6000);
  for (let i = 0; i < 5; i += 1) {
    clock.pass(20_000);
    first.says({ type: "heartbeat" });
  }
  clock.pass(49_000);
  assert.equal(sockets.length, 1);
  clock.pass(1_001);
  assert.equal(sockets.length, 2);
  assert.equal(first.closedByClient, true);
  assert.equal(first.onmessage, null);
});

test("C21: a page that comes back into view checks the connection within five seconds", () => {
  const { clock, connection, sockets, socket } = opened();
  clock.pass(6000);
  connection.nudge();
  assert.equal(socket().sentOf("ping").length, 1);
  socket().says({ type: "pong" });
  clock.pass(10_000);
  assert.equal(sockets.length, 1);
  connection.nudge();
  connection.nudge();
  assert.equal(socket().sentOf("ping").length, 2);
  clock.pass(5_001);
  assert.equal(sockets.length, 2);
});

test("C4: when the browser is online again, the countdown ends at once", () => {
  const { clock, connection, sockets, socket, states } = opened({ random: () => 1 });
  connection.online(false);
  socket().ends(1006);
  assert.equal(states().at(-1), "offline");
  for (let i = 0; i < 5; i += 1) {
    clock.pass(20_000);
    if (sockets.length > 1) socket().ends(1006);
  }
  const before = sockets.length;
  connection.online(true);
  assert.equal(sockets.length, before + 1);
  socket().says(WELCOME);
  assert.equal(states().at(-1), "open");
});

test("a try without a welcome is given up", () => {
  const { clock, connection, sockets, reports } = setUp();
  connection.start();
  clock.pass(10_001);
  assert.equal(sockets[0]?.closedByClient, true);
  assert.equal(reports.at(-1).reason, "The server does not answer.");
});

test("C22: a connection that never opens is reported as blocked", () => {
  const { clock, connection, socket, reports } = setUp();
  connection.start();
  for (let i = 0; i < 3; i += 1) {
    socket().ends(1006);
    if (i < 2) clock.pass(reports.at(-1).retry_in_seconds * 1000 + 1);
  }
  assert.match(reports.at(-1).reason, /blocks WebSockets/);
});

test("C15, C23: signed out and an old page end it; the server's own words are shown", () => {
  for (const [code, state] of /** @type {[number, string][]} */ ([[4001, "signed_out"], [4009, "reload"]])) {
    const { clock, connection, sockets, socket, reports } = opened();
    socket().says({ type: "bye", code: "c", reason: "Because.", reload: code === 4009 });
    socket().ends(code);
    assert.deepEqual(reports.at(-1), { state, reason: "Because." });
    clock.pass(600_000);
    assert.equal(sockets.length, 1);
    // Somebody turns to the page: meanwhile they may have signed in in another tab, but no page becomes newer.
    connection.nudge();
    assert.equal(sockets.length, code === 4001 ? 2 : 1);
  }
});

test("C15: after a sign-in in another tab the page comes back when somebody turns to it, and asks once for each turn", () => {
  const { clock, connection, sockets, socket, states } = opened();
  socket().ends(4001);
  connection.nudge();
  socket().ends(4001);
  clock.pass(600_000);
  assert.equal(sockets.length, 2);
  assert.equal(states().at(-1), "signed_out");
  connection.nudge();
  socket().says(WELCOME);
  assert.equal(states().at(-1), "open");
  connection.stop();
  connection.nudge();
  assert.equal(sockets.length, 3);
});

test("C23: a bye that asks for a reload, or another protocol, ends in reload", () => {
  const asked = opened();
  asked.socket().says({ type: "bye", code: "upgrade", reason: "Updated.", reload: true });
  assert.equal(asked.states().at(-1), "reload");
  const other = setUp();
  other.connection.start();
  other.socket().says({ ...WELCOME, protocol: WELCOME.protocol + 1 });
  assert.equal(other.states().at(-1), "reload");
});

test("C23: a server that is older than the page is tried again, later each time", () => {
  const { clock, connection, sockets, socket, reports, states } = setUp({ random: () => 1 });
  connection.start();
  const waits = [];
  for (let i = 0; i < 4; i += 1) {
    socket().says({ type: "bye", code: 4009, reason: "Older.", reload: false });
    socket().ends(4009);
    assert.equal(states().at(-1), "closed");
    waits.push(reports.at(-1).retry_in_seconds);
    clock.pass(reports.at(-1).retry_in_seconds * 1000 + 1);
  }
  assert.deepEqual(waits, [...waits].sort((a, b) => a - b));
  assert.ok(waits[3] >= 4 * waits[0]);
  assert.equal(sockets.length, 5);
});

test("after too many bad frames the connection comes back late, not at once", () => {
  const { socket, reports } = opened({ random: () => 0 });
  socket().ends(4008);
  assert.ok(reports.at(-1).retry_in_seconds >= 10);
});

test("C7: frames are acknowledged after 16, after 32 KB, or after a second", () => {
  const { clock, socket } = opened();
  clock.pass(1000);
  assert.deepEqual(socket().sentOf("ack"), [{ type: "ack", frames: 1 }]);
  for (let i = 0; i < 16; i += 1) socket().says({ type: "heartbeat" });
  assert.deepEqual(socket().sentOf("ack").at(-1), { type: "ack", frames: 17 });
  socket().says({ type: "run.paused", run: 1, why: "x".repeat(40_000) });
  assert.deepEqual(socket().sentOf("ack").at(-1), { type: "ack", frames: 18 });
  clock.pass(5000);
  assert.equal(socket().sentOf("ack").length, 3);
});

test("frames that are not understood are counted, acknowledged and not passed on", () => {
  const { connection, heard, socket } = opened();
  for (const frame of ["nonsense", { type: "execute", code: "alert(1)" }, { type: "run.patch", run: 1 }]) socket().says(frame);
  assert.equal(connection.ignored, 3);
  assert.equal(heard.length, 1);
  for (let i = 0; i < 12; i += 1) socket().says({ type: "heartbeat" });
  assert.deepEqual(socket().sentOf("ack"), [{ type: "ack", frames: 16 }]);
});

test("a socket that is given up says nothing more", () => {
  const { clock, connection, sockets, heard } = opened();
  clock.pass(6000);
  connection.nudge();
  clock.pass(5001);
  const count = heard.length;
  sockets[0]?.says({ type: "heartbeat" });
  sockets[0]?.ends(1006);
  assert.equal(heard.length, count);
  assert.equal(sockets.length, 2);
});
