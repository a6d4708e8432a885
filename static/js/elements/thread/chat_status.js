/** The quiet line under an answer that is being written: its phase, seconds, tokens per second. */

import { say, sayDuration } from "../../words/words.js";
import { hide, write } from "../dom.js";

/** @import { Run } from "../../state/types.js" */

/** If the server's clock differs by more than this from the reader's, the count starts when the moment is first seen. */
const BELIEVED_SECONDS = 3600;

export class ChatStatus extends HTMLElement {
  /** @type {Run | null} */
  #run = null;
  /** @type {string} set while something else than the phase is to be said */
  #instead = "";
  #clock = 0;
  /** @type {Map<number, number>} each of the server's moments on the page's clock */
  #seen = new Map();

  disconnectedCallback() {
    this.#tick(false);
  }

  connectedCallback() {
    this.#tick(!this.hidden);
  }

  /**
   * @param {Run | null} run a live run, or null for none
   * @param {string} [instead] what to say instead: the message is on its way, saving is slow
   */
  show(run, instead = "") {
    if (run?.id !== this.#run?.id) this.#seen.clear();
    this.#run = run;
    this.#instead = instead;
    hide(this, !run && !instead);
    this.#tick(!this.hidden);
    this.#draw();
  }

  /** @param {boolean} on */
  #tick(on) {
    const ticks = on && this.isConnected;
    if (ticks === (this.#clock !== 0)) return;
    clearInterval(this.#clock);
    this.#clock = ticks ? window.setInterval(() => this.#draw(), 1000) : 0;
  }

  #draw() {
    const run = this.#run;
    const phase = run?.phase ?? "";
    this.classList.toggle("status--growing", !this.#instead && (phase === "writing" || phase === "thinking"));
    this.classList.toggle("status--waiting", Boolean(this.#instead && run) || phase === "retrying" || phase === "approval" || phase === "continuing");
    write(this, this.#instead || (run ? this.#sentence(run) : ""));
  }

  /** @param {Run} run */
  #sentence(run) {
    const inPhase = this.#secondsSince(run.phase_since);
    const { attempt = 1, of = 1 } = run;
    switch (run.status === "queued" ? "queued" : run.phase) {
      case "queued":
        return say("queued");
      case "connecting":
        return withSeconds(say("connecting"), inPhase, 2);
      case "thinking":
        // The card of the thought already says "Thinking".
        return withRate(sayDuration(inPhase), run);
      case "retrying": {
        const left = Math.ceil((run.wait_seconds ?? 0) - inPhase);
        return left > 0 ? say("retrying in {seconds} ({attempt} of {of})", { seconds: sayDuration(left), attempt, of }) : say("retrying ({attempt} of {of})", { attempt, of });
      }
      case "continuing":
        return say("connection lost, continuing ({attempt} of {of})", { attempt, of });
      case "calling":
        return withSeconds(run.why ? say("running {tools}", { tools: run.why }) : say("running tools"), inPhase, 2);
      case "approval":
        return say("waiting for approval");
      case "writing":
        return this.#writing(run);
      default:
        return withSeconds(say("waiting for the model"), inPhase, 2);
    }
  }

  /** @param {Run} run */
  #writing(run) {
    return withRate(`${say("writing")} · ${sayDuration(this.#secondsSince(run.started_at))}`, run);
  }

  /** @param {number | undefined} moment ms since the epoch, by the server's clock */
  #secondsSince(moment) {
    if (!moment) return 0;
    const known = this.#seen.get(moment);
    if (known !== undefined) return Math.floor((performance.now() - known) / 1000);
    const ago = (Date.now() - moment) / 1000;
    const seconds = ago > 0 && ago < BELIEVED_SECONDS ? ago : 0;
    this.#seen.set(moment, performance.now() - seconds * 1000);
    return Math.floor(seconds);
  }
}

/** @param {string} words @param {Run} run */
function withRate(words, { tokens_per_second }) {
  const rate = tokens_per_second ?? 0;
  return rate >= 1 ? `${words} · ${say("{rate} tok/s", { rate: Math.round(rate) })}` : words;
}

/**
 * @param {string} words
 * @param {number} seconds
 * @param {number} from below this many seconds the number would only distract
 */
function withSeconds(words, seconds, from) {
  return seconds >= from ? `${words} ${sayDuration(seconds)}` : words;
}
