/**
 * The worker: has the socket, the fold and the Markdown, and tells the page what to play. It has no document. This
 * file only connects the others, each of which is tested without it.
 */
import { Body, isEnded } from "./body.js";
import { Colours } from "./colours.js";
import { Connection } from "./connection.js";
import { Figures } from "./figures.js";
import { Outbox } from "./outbox.js";
import { Renders } from "./renders.js";
import { Watches } from "./watches.js";

/** @import { Frame } from "../shared/port.js" */

const scope = /** @type {{ postMessage(message: unknown): void, onmessage: ((event: MessageEvent) => void) | null }} */ (
  /** @type {unknown} */ (globalThis)
);

const world = {
  open: (/** @type {string} */ url) => /** @type {import("./connection.js").Socket} */ (/** @type {unknown} */ (new WebSocket(url))),
  setTimeout: (/** @type {() => void} */ call, /** @type {number} */ ms) => setTimeout(call, ms),
  clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
  random: () => Math.random(),
  now: () => performance.now(),
};

/** @param {unknown} message */
const tell = (message) => scope.postMessage(message);

/** @type {Connection | null} */ let connection = null;
const send = (/** @type {Frame} */ frame) => connection?.send(frame) ?? false;

const outbox = new Outbox(send, tell);
const colours = new Colours((render) => renders.now(render));
const renders = new Renders({
  clock: world,
  tell(render) {
    tell(render);
    const { run } = render;
    const body = run === null ? null : watches.body(run);
    // A body that has replaced this one in the meantime asks for its colours itself.
    if (run !== null && body) void colours.take(body, render.message, () => body.ended || watches.body(run) === body);
  },
  ended: ({ run }) => watches.forgetRun(run),
});
const watches = new Watches({
  send,
  changed: (run) => renders.changed(run),
  gone: (conversation) => tell({ type: "conversation.gone", conversation }),
  clock: world,
});

const figures = new Figures({ send, tell, watches, now: world.now, connection: () => connection });

/** What the page asks for. @type {Record<string, (message: any) => void>} */
const ASKED = {
  start({ url, online }) {
    connection = new Connection({ url, world, hear, report: (report) => tell({ type: "link", ...report }) });
    connection.start({ online });
  },
  online: ({ online }) => connection?.online(online),
  visible: () => connection?.nudge(),
  send({ frame }) {
    if (frame.type === "conversation.watch") watches.watchConversation(frame);
    else if (frame.type === "conversation.unwatch") watches.unwatchConversation(frame);
    else outbox.post(frame);
  },
  watch: ({ run, message }) => watches.watchRun(run, message),
  unwatch({ run }) {
    renders.forget(run);
    watches.unwatchRun(run);
  },
  redraw: ({ run }) => watches.redraw(run),
  rendered: ({ count }) => renders.played(count),
  render: renderStored,
  figures: () => figures.ask(),
};

scope.onmessage = ({ data }) => {
  if (Object.hasOwn(ASKED, data.type)) ASKED[data.type]?.(data);
};

/** @param {Frame} frame */
function hear(frame) {
  if (frame.type === "welcome") {
    renders.intervalMs = frame.flush_interval_ms;
    watches.opened();
    outbox.opened(frame);
  }
  if (figures.hear(frame)) return;
  const isNews = watches.hear(frame);
  if (outbox.hear(frame) && isNews) tell(frame);
}

/** @param {{ message: number | string, parts: import("../shared/transcript.js").Part[], run: Record<string, any> | null }} stored */
function renderStored({ message, parts, run }) {
  const body = new Body();
  const ops = body.flush(parts, run, true);
  renders.now({ type: "render", run: null, message, ops, state: run, seq: Number(run?.seq ?? 0), done: isEnded(run) });
  void colours.take(body, message);
}
