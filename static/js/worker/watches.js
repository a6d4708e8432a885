/**
 * What the page watches, and how far each has come: conversations by revision, runs by seq. After a reconnect the same
 * question is asked again from that point; there is no other way to catch up.
 */
import { emptyState, fold } from "../shared/transcript.js";
import { Body } from "./body.js";
import { ConversationWatches } from "./conversation_watches.js";
import { Missed } from "./missed.js";

/** @import { Frame } from "../shared/port.js" */
/**
 * @typedef {{ run: number, message: number | string, seq: number, state: import("../shared/transcript.js").State, body: Body,
 *   done: boolean, missed: Missed }} Run
 */

/** With the id after them, these mark the refusals of questions that were asked here. */
const RUN_RE = "run.watch";
const CONVERSATION_RE = "conversation.watch";

export class Watches {
  #send;
  #changed;
  #gone;
  #clock;
  /** @type {Map<number, Run>} */ #runs = new Map();
  /** @type {ConversationWatches} */ #conversations;

  /**
   * @param {{ send: (frame: Frame) => void, changed: (run: Run) => void, gone: (conversation: string) => void,
   *   clock: import("./missed.js").Clock }} options
   *   `send` may lose frames while there is no connection; `changed` says that a run's body is to be rendered, `gone`
   *   that a conversation is not there for this person
   */
  constructor({ send, changed, gone, clock }) {
    this.#send = send;
    this.#changed = changed;
    this.#gone = gone;
    this.#clock = clock;
    this.#conversations = new ConversationWatches(clock, (conversation, after) => {
      send({ type: "conversation.watch", conversation, after, re: `${CONVERSATION_RE} ${conversation}` });
    });
  }

  /** Call it when a connection is open: says again what is watched, and from where. */
  opened() {
    this.#conversations.opened();
    for (const watched of this.#runs.values()) {
      watched.missed.forget();
      if (!watched.done) this.#askRun(watched, watched.seq);
    }
  }

  /** @param {Frame} frame the page's conversation.watch */
  watchConversation(frame) {
    this.#conversations.watch(frame);
  }

  /** @param {Frame} frame the page's conversation.unwatch */
  unwatchConversation({ conversation }) {
    if (!this.#conversations.has(conversation)) return;
    this.#conversations.forget(conversation);
    this.#send({ type: "conversation.unwatch", conversation });
  }

  /** @param {number} run @param {number | string} message */
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
      missed: new Missed(this.#clock, (fromStart) => this.#askRun(watched, fromStart ? 0 : watched.seq)),
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

  /** Forgets a run that has ended, or that the server refuses. @param {number} run */
  forgetRun(run) {
    this.#runs.get(run)?.missed.forget();
    this.#runs.delete(run);
  }

  /** @param {number} run */
  body(run) {
    return this.#runs.get(run)?.body ?? null;
  }

  /** What is in memory: watched runs, characters of their text, blocks of it that are shown. */
  figures() {
    const runs = [...this.#runs.values()];
    const texts = runs.flatMap(({ state }) => state.parts.map((part) => String(part.text ?? part.arguments ?? "").length));
    return {
      runs: runs.length,
      textChars: texts.reduce((sum, chars) => sum + chars, 0),
      blocks: runs.reduce((sum, { body }) => sum + body.blocks, 0),
    };
  }

  /** The page has a fresh container: the next render shows everything. @param {number} run */
  redraw(run) {
    const watched = this.#runs.get(run);
    if (!watched) return;
    watched.body = new Body();
    if (watched.seq > 0) this.#changed(watched);
  }

  /** @param {Frame} frame @returns {boolean} whether it is to be passed to the page */
  hear(frame) {
    if (frame.type === "run.patch") {
      this.#patchRun(frame);
      return false;
    }
    if (frame.type === "conversation.patch") return this.#conversations.fits(frame);
    if (frame.type === "conversation.gone") this.#conversations.forget(frame.conversation);
    return frame.type !== "error" || !this.#refused(frame);
  }

  /**
   * @param {Frame} frame an error
   * @returns {boolean} whether it was about a question that was asked here
   */
  #refused({ code, re }) {
    const [type, id] = typeof re === "string" ? re.split(" ") : [];
    if (!id || (type !== RUN_RE && type !== CONVERSATION_RE)) return false;
    const isLost = code === "not_found";
    if (type === RUN_RE) {
      if (isLost) this.forgetRun(Number(id));
      else this.#runs.get(Number(id))?.missed.refused();
    } else if (!isLost) this.#conversations.refused(id);
    else if (this.#conversations.has(id)) {
      this.#conversations.forget(id);
      this.#gone(id);
    }
    return true;
  }

  /** @param {Frame} frame */
  #patchRun({ run, after, seq, changes, done }) {
    const watched = this.#runs.get(run);
    if (!watched || watched.done) return;
    const restarts = after === 0 && (watched.seq !== 0 || watched.state.parts.length > 0);
    if (after !== 0 && after !== watched.seq) {
      watched.missed.found();
      return;
    }
    if (restarts) {
      watched.state = emptyState();
      watched.body = new Body();
    }
    try {
      fold(watched.state, changes);
    } catch {
      this.#restart(watched);
      return;
    }
    if (!watched.body.note(changes)) watched.body = new Body();
    watched.seq = seq;
    watched.done = done === true;
    watched.missed.closed();
    this.#changed(watched);
  }

  /** Ask from the beginning after a fold that failed half-way, which leaves no usable state. @param {Run} watched */
  #restart(watched) {
    watched.state = emptyState();
    watched.body = new Body();
    watched.seq = 0;
    watched.missed.found();
  }

  /** @param {Run} watched @param {number} after */
  #askRun({ run }, after) {
    this.#send({ type: "run.watch", run, after, re: `${RUN_RE} ${run}` });
  }
}
