/**
 * The life of one WebSocket: open, welcome, heartbeat, acknowledgements, close, wait, again. It knows frames by type
 * only where they concern the connection itself, and uses clock, chance and sockets only through the `world` it is given,
 * which tests replace.
 */
import { phrase } from "../shared/phrase.js";
import { CLOSE, PROTOCOL, encode, parse } from "../shared/wire.js";
import { Timers } from "./timers.js";

/** @import { Frame } from "../shared/port.js" */
/**
 * @typedef {{ send(data: string): void, close(code?: number): void, onmessage: ((event: { data: unknown }) => void) | null,
 *   onclose: ((event: { code: number, reason: string }) => void) | null,
 *   onerror: (() => void) | null }} Socket
 * @typedef {{ open(url: string): Socket, setTimeout(call: () => void, ms: number): any, clearTimeout(timer: any): void,
 *   random(): number }} World
 * @typedef {"retry" | "welcome" | "healthy" | "silence" | "pong" | "ack"} TimerName
 * @typedef {{ state: import("../shared/port.js").LinkState, retry_in_seconds?: number, reason?: string }} Report
 */

/** Waits double from this one on, each with full jitter, so that after a restart not everybody comes back in the same second. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** The wait after "too many bad frames or too fast", which would be repeated after an immediate return. */
const LIMIT_WAIT_MS = 10_000;
/** A connection that has been open this long counts as healthy; a server may accept connections and drop them at once. */
const HEALTHY_MS = 5_000;
const WELCOME_WITHIN_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const HEARTBEATS_MISSED = 2.5;
const ACK_FRAMES = 16;
const ACK_CHARS = 32_768;
const ACK_MS = 1_000;
/** After this many tries that never opened while the network is up, something in between blocks it. */
const SUSPICIOUS_TRIES = 3;

/** Close codes after which it is no use to try again. @type {Map<number, { state: "signed_out" | "reload", reason: string }>} */
const FINAL = new Map([
  [CLOSE.SIGNED_OUT, { state: "signed_out", reason: phrase("You are signed out.") }],
  [CLOSE.WRONG_PROTOCOL, { state: "reload", reason: phrase("Parley was updated; this page must be loaded again.") }],
]);

export class Connection {
  #world;
  #url;
  #hear;
  #report;
  /** @type {Socket | null} */ #socket = null;
  /** @type {Timers<TimerName>} */ #timers;
  #tries = 0;
  #everOpened = false;
  #opened = false;
  #online = true;
  /** Why it has ended; "" while it has not. */ #ended = "";
  #byeReason = "";
  #silenceMs = 0;
  #frames = 0;
  #ackedFrames = 0;
  #unackedChars = 0;
  /** Frames of the server that were not understood. */ ignored = 0;
  /** What came in since the page was loaded. */
  received = { frames: 0, chars: 0 };

  /**
   * @param {{ url: string, world: World, hear: (frame: Frame) => void, report: (report: Report) => void }} options
   *   `hear` gets every understood frame, `welcome` first; `report` what is to be told to the person
   */
  constructor({ url, world, hear, report }) {
    this.#world = world;
    this.#timers = new Timers(world);
    this.#url = `${url}${url.includes("?") ? "&" : "?"}protocol=${PROTOCOL}`;
    this.#hear = hear;
    this.#report = report;
  }

  /** @param {{ online?: boolean }} [options] */
  start({ online = true } = {}) {
    this.#online = online;
    this.#connect();
  }

  /** Whether the server has said welcome. */
  get open() {
    return this.#opened;
  }

  /** @param {Frame} frame @returns {boolean} false when there is no open connection: the caller may send the frame later */
  send(frame) {
    if (!this.#opened || !this.#socket) return false;
    this.#socket.send(encode(frame));
    return true;
  }

  /**
   * Takes a hint of the browser. "Offline" is often wrong, so it changes only what is said; the connection is tried all the same.
   *
   * @param {boolean} online
   */
  online(online) {
    this.#online = online;
    if (online) this.nudge();
    else if (this.#opened) this.#probe();
  }

  /** Make sure at once that the connection is alive: somebody has turned to the page, or asks for it. */
  nudge() {
    if (this.#ended === "signed_out") this.#ended = ""; // Somebody may have signed in in another tab.
    if (this.#ended) return;
    if (this.#opened) this.#probe();
    else if (!this.#socket) this.#connect();
  }

  /** Ends it for good. @param {string} [why] */
  stop(why = "stopped") {
    this.#ended = why;
    this.#drop();
  }

  #connect() {
    if (this.#ended || this.#socket) return;
    this.#timers.clear("retry");
    this.#report({ state: "connecting" });
    this.#byeReason = "";
    this.#frames = this.#ackedFrames = this.#unackedChars = 0;
    let socket;
    try {
      socket = this.#world.open(this.#url);
    } catch (error) {
      this.#wait(error instanceof Error ? error.message : "");
      return;
    }
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#onClose(code);
    // A failed socket always closes as well; the handler only prevents a message in the console.
    socket.onerror = () => {};
    this.#timers.set("welcome", WELCOME_WITHIN_MS, () => this.#giveUp(phrase("The server does not answer.")));
  }

  /** @param {unknown} data */
  #receive(data) {
    const chars = typeof data === "string" ? data.length : 0;
    this.#frames += 1;
    this.#unackedChars += chars;
    this.received.frames += 1;
    this.received.chars += chars;
    this.#timers.clear("pong");
    const frame = parse(data);
    if (!frame) this.ignored += 1;
    else if (frame.type === "welcome") this.#onWelcome(frame);
    else if (frame.type === "bye") this.#onBye(frame);
    else this.#hear(frame);
    if (!this.#opened) return;
    this.#timers.set("silence", this.#silenceMs, () => this.#giveUp(phrase("The server stopped responding.")));
    if (this.#frames - this.#ackedFrames >= ACK_FRAMES || this.#unackedChars >= ACK_CHARS) this.#ack();
    else if (!this.#timers.has("ack")) this.#timers.set("ack", ACK_MS, () => this.#ack());
  }

  /** @param {Frame} frame */
  #onWelcome(frame) {
    if (frame.protocol !== PROTOCOL) {
      this.#end(/** @type {Report} */ (FINAL.get(CLOSE.WRONG_PROTOCOL)));
      return;
    }
    this.#timers.clear("welcome");
    this.#opened = this.#everOpened = this.#online = true;
    this.#silenceMs = Math.max(1, frame.heartbeat_seconds) * 1000 * HEARTBEATS_MISSED;
    this.#timers.set("healthy", HEALTHY_MS, () => void (this.#tries = 0));
    this.#report({ state: "open" });
    this.#hear(frame);
  }

  /** @param {Frame} frame */
  #onBye(frame) {
    this.#byeReason = typeof frame.reason === "string" ? frame.reason : "";
    if (frame.reload === true) this.#end({ state: "reload", reason: this.#byeReason });
  }

  #ack() {
    this.#timers.clear("ack");
    if (!this.send({ type: "ack", frames: this.#frames })) return;
    this.#ackedFrames = this.#frames;
    this.#unackedChars = 0;
  }

  #probe() {
    if (this.#timers.has("pong") || !this.send({ type: "ping" })) return;
    this.#timers.set("pong", PONG_WITHIN_MS, () => this.#giveUp(phrase("The connection was lost.")));
  }

  /** @param {string} reason a connection given up by this side is retried at once, unless it keeps happening */
  #giveUp(reason) {
    const atOnce = this.#opened && this.#tries === 0;
    this.#drop();
    if (atOnce) {
      this.#tries = 1;
      this.#connect();
    } else this.#wait(reason);
  }

  /** @param {number} code */
  #onClose(code) {
    const reason = this.#byeReason;
    this.#drop();
    // A server that is older than this page says bye without asking for a reload: a newer one may answer the next time.
    const isOlder = code === CLOSE.WRONG_PROTOCOL && reason !== "";
    const final = isOlder ? undefined : FINAL.get(code);
    if (final) this.#end({ state: final.state, reason: reason || final.reason });
    else this.#wait(reason, code === CLOSE.LIMIT_REACHED ? LIMIT_WAIT_MS : 0);
  }

  /** @param {Report} report */
  #end(report) {
    this.stop(report.state);
    this.#report(report);
  }

  /** @param {string} reason @param {number} [leastMs] */
  #wait(reason, leastMs = 0) {
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#tries, 10));
    this.#tries += 1;
    const ms = leastMs + this.#world.random() * ceiling;
    const blocked = !this.#everOpened && this.#online && this.#tries >= SUSPICIOUS_TRIES;
    this.#report({
      state: this.#online ? "closed" : "offline",
      retry_in_seconds: Math.round(ms / 100) / 10,
      reason: reason || (blocked ? phrase("The server cannot be reached, or a proxy or firewall blocks WebSockets.") : ""),
    });
    this.#timers.set("retry", ms, () => this.#connect());
  }

  /** Gives up the socket without waiting for its close event, which a dead network delays by minutes. */
  #drop() {
    this.#timers.clearAll();
    const socket = this.#socket;
    this.#socket = null;
    this.#opened = false;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
