/**
 * What the page watches, and how far we are with each: conversations by revision, runs by seq. After a reconnect the
 * same question is asked again with our own place in it; there is no other way to catch up.
 */
import { emptyState, fold } from "../transcript.js";
import { Body } from "./body.js";
import { Gap } from "./gap.js";

/**
 * @typedef {import("../link.js").Frame} Frame
 * @typedef {{ run: number, message: number | string, seq: number, state: import("../transcript.js").State, body: Body,
 *   done: boolean, gap: Gap }} Run
 * @typedef {{ revision: number, gap: Gap }} Conversation
 */

export class Watches {
  #send;
  #changed;
  #clock;
  /** @type {Map<number, Run>} */ #runs = new Map();
  /** @type {Map<string, Conversation>} */ #conversations = new Map();

  /**
   * @param {{ send: (frame: Frame) => void, changed: (run: Run) => void, clock: import("./gap.js").Clock }} options
   *   `send` may lose frames while there is no connection; `changed` says that a run's body is to be rendered
   */
  constructor({ send, changed, clock }) {
    this.#send = send;
    this.#changed = changed;
    this.#clock = clock;
  }

  /** A connection is open: says again what is watched, and from where. */
  opened() {
    for (const [id, { revision, gap }] of this.#conversations) {
      gap.forget();
      this.#send({ type: "conversation.watch", conversation: id, after: revision });
    }
    for (const watched of this.#runs.values()) {
      watched.gap.forget();
      if (!watched.done) this.#askRun(watched, watched.seq);
    }
  }

  /** @param {Frame} frame the page's conversation.watch */
  watchConversation({ conversation, after = 0 }) {
    this.#conversations.get(conversation)?.gap.forget();
    const gap = new Gap(this.#clock, (fromStart) => {
      const own = fromStart ? 0 : (this.#conversations.get(conversation)?.revision ?? 0);
      this.#send({ type: "conversation.watch", conversation, after: own });
    });
    this.#conversations.set(conversation, { revision: after, gap });
    this.#send({ type: "conversation.watch", conversation, after });
  }

  /** @param {Frame} frame the page's conversation.unwatch */
  unwatchConversation({ conversation }) {
    this.#conversations.get(conversation)?.gap.forget();
    if (this.#conversations.delete(conversation)) this.#send({ type: "conversation.unwatch", conversation });
  }

  /**
   * @param {number} run
   * @param {number | string} message
   */
  watchRun(run, message) {
    const known = this.#runs.get(run);
    if (known) {
      known.message = message;
      this.redraw(run);
      return;
    }
    /** @type {Run} */
    const watched = {
      run,
      message,
      seq: 0,
      state: emptyState(),
      body: new Body(),
      done: false,
      gap: new Gap(this.#clock, (fromStart) => this.#askRun(watched, fromStart ? 0 : watched.seq)),
    };
    this.#runs.set(run, watched);
    this.#askRun(watched, 0);
  }

  /** @param {number} run */
  unwatchRun(run) {
    const known = this.#runs.get(run);
    this.forgetRun(run);
    if (known && !known.done) this.#send({ type: "run.unwatch", run });
  }

  /** Lets go of a run that has ended, or that the server does not give us. @param {number} run */
  forgetRun(run) {
    this.#runs.get(run)?.gap.forget();
    this.#runs.delete(run);
  }

  /** @param {number} run */
  body(run) {
    return this.#runs.get(run)?.body ?? null;
  }

  /** The page has a fresh container: the next render shows everything. @param {number} run */
  redraw(run) {
    const watched = this.#runs.get(run);
    if (!watched) return;
    watched.body = new Body();
    if (watched.seq > 0) this.#changed(watched);
  }

  /**
   * @param {Frame} frame
   * @returns {boolean} whether the page is to hear of it
   */
  heard(frame) {
    if (frame.type === "run.patch") {
      this.#patchRun(frame);
      return false;
    }
    if (frame.type === "conversation.patch") return this.#patchConversation(frame);
    if (frame.type === "conversation.gone") this.#conversations.delete(frame.conversation);
    if (frame.type === "error" && typeof frame.re === "string" && frame.re.startsWith(WATCH_RE)) {
      if (frame.code === "not_found") this.forgetRun(Number(frame.re.slice(WATCH_RE.length)));
    }
    return true;
  }

  /** @param {Frame} frame */
  #patchRun({ run, after, seq, changes, done }) {
    const watched = this.#runs.get(run);
    if (!watched || watched.done) return;
    const anew = after === 0 && (watched.seq !== 0 || watched.state.parts.length > 0);
    if (after !== 0 && after !== watched.seq) {
      watched.gap.found();
      return;
    }
    if (anew) {
      watched.state = emptyState();
      watched.body = new Body();
    }
    try {
      fold(watched.state, changes);
    } catch {
      this.#broken(watched);
      return;
    }
    if (!watched.body.note(changes)) watched.body = new Body();
    watched.seq = seq;
    watched.done = done === true;
    watched.gap.closed();
    this.#changed(watched);
  }

  /** A fold that failed half-way is worth nothing: from the beginning. @param {Run} watched */
  #broken(watched) {
    watched.state = emptyState();
    watched.body = new Body();
    watched.seq = 0;
    watched.gap.found();
  }

  /** @param {Frame} frame */
  #patchConversation({ conversation, after, revision }) {
    const watched = this.#conversations.get(conversation);
    if (!watched) return false;
    if (after !== 0 && after !== watched.revision) {
      watched.gap.found();
      return false;
    }
    watched.revision = revision;
    watched.gap.closed();
    return true;
  }

  /**
   * @param {Run} watched
   * @param {number} after
   */
  #askRun({ run }, after) {
    this.#send({ type: "run.watch", run, after, re: `${WATCH_RE}${run}` });
  }
}

/** Marks the answers to our own run.watch. */
const WATCH_RE = "run.watch ";
