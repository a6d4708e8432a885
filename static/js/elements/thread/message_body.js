/** The body of an answer: it watches the run while that is live, and is rendered from the stored parts otherwise. */

import { moveCaret } from "../../dom/caret.js";
import { clear, play } from "../../dom/play.js";
import { link } from "../../link/link.js";
import { isLive } from "../../state/messages.js";

/** @import { Render } from "../../shared/port.js" */
/** @import { Message } from "../../state/types.js" */

/** The last renders of an ended run arrive within a flush or two; a hidden tab plays one a second. */
const LAST_RENDER_MS = 4000;

export class MessageBody {
  #node;
  #message;
  /** The run that is shown, 0 for none. */
  #run = 0;
  #done = false;
  /** Whether it watches a live run; otherwise it shows a stored text. */
  #watching = false;

  /** @param {HTMLElement} node @param {() => Message | null} message the one that is shown now */
  constructor(node, message) {
    this.#node = node;
    this.#message = message;
  }

  /** Whether nothing more is awaited before it is shown: a live answer may have nothing to show yet. */
  get settled() {
    return this.#watching || this.#done;
  }

  /** @param {Message} message */
  show({ id: message, parts, run }) {
    const id = run?.id ?? -1;
    const known = id === this.#run;
    if (known && (isLive(run) || this.#done)) return;
    if (known && this.#watching) {
      this.#expectEnd(id);
      return;
    }
    this.#run = id;
    this.#done = false;
    this.#watching = Boolean(run && isLive(run));
    if (run && this.#watching) link.watch(run.id, Number(message));
    else link.render({ message: Number(message), parts, run });
  }

  /**
   * The run has ended, and its last renders are on their way; only if they never come is the stored text shown.
   * @param {number} run
   */
  #expectEnd(run) {
    setTimeout(() => {
      const message = this.#message();
      if (!message || !this.#watching || this.#done || this.#run !== run) return;
      this.#watching = false;
      link.unwatch(run);
      link.render({ message: Number(message.id), parts: message.parts, run: message.run });
    }, LAST_RENDER_MS);
  }

  /** @param {Render} render */
  play(render) {
    play(this.#node, render.ops);
    moveCaret(this.#node, this.#watching && !render.done);
    this.#done = render.done;
  }

  /** Call it before the body is dropped: the colours of its code would hold it in memory. */
  release() {
    clear(this.#node);
  }
}
