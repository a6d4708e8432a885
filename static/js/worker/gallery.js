/** The worker of the gallery: the real one, whose socket is a scene. The address of this script names the scene. */
import "./stream.js";
import { CONVERSATION, ME } from "../gallery/people.js";
import { answersOf, sceneOf } from "../gallery/scenes.js";
import { CLOSE, PROTOCOL } from "../shared/wire.js";

/** The fault of a scene happens this long after everything is shown. */
const FAULT_AFTER_MS = 400;

const scene = sceneOf(globalThis.location.hash.slice(1));

/** A WebSocket that answers from the scene. */
class SceneSocket {
  /** @type {((event: { data: string }) => void) | null} */ onmessage = null;
  /** @type {((event: { code: number, reason: string }) => void) | null} */ onclose = null;
  /** @type {(() => void) | null} */ onerror = null;
  #answers = answersOf(scene ?? { name: "", title: "" });
  /** Whether the server of the scene went away; then no later connection succeeds. */
  static #away = false;

  constructor() {
    setTimeout(() => (SceneSocket.#away ? this.#end(1006) : this.#open()));
  }

  #open() {
    this.#hear({
      type: "welcome", protocol: PROTOCOL, build: "gallery", user: ME, heartbeat_seconds: 3600, window_bytes: 262_144,
      max_frame_bytes: 524_288, max_message_chars: 100_000, flush_interval_ms: 50, preferences: {},
    });
  }

  /** @param {string} data */
  send(data) {
    const { type, re, run } = JSON.parse(data);
    if (scene?.fault === "silent" && type === "conversation.watch") return;
    if (type === "run.watch") this.#stream(run);
    else if (type === "ping") this.#hear({ type: "pong", re });
    else if (type !== "ack" && type !== "message.post") this.#hear({ ...(this.#answers.frames[type] ?? { type: "ok" }), ...(re ? { re } : {}) });
    if (type === "conversation.watch") setTimeout(() => this.#fault(), FAULT_AFTER_MS);
  }

  close() {}

  /** @param {number} run the journal of a live run, in one patch */
  #stream(run) {
    const live = this.#answers.thread.runs.get(run);
    if (!live) return;
    const { parts, run: about } = live;
    const adds = parts.map((/** @type {any} */ part, /** @type {number} */ at) => ["add", at, part]);
    this.#hear({ type: "run.patch", run, after: 0, seq: 1, changes: [["run", about], ...adds] });
    if (scene?.fault === "paused") setTimeout(() => this.#hear({ type: "run.paused", run, why: "saving" }), 300);
  }

  #fault() {
    if (scene?.fault === "lost") this.#end(1006);
    if (scene?.fault === "signed_out") this.#end(CLOSE.SIGNED_OUT);
    if (scene?.fault === "reload") this.#end(CLOSE.WRONG_PROTOCOL);
    if (scene?.fault === "gone") this.#hear({ type: "conversation.gone", conversation: CONVERSATION });
  }

  /** @param {number} code */
  #end(code) {
    SceneSocket.#away = true;
    this.onclose?.({ code, reason: "" });
  }

  /** @param {Record<string, any>} frame that the server sends */
  #hear(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

Object.assign(globalThis, { WebSocket: SceneSocket });
