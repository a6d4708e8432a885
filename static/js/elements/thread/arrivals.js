/**
 * Messages are shown only with their bodies, which come later than the messages themselves: a conversation that opens is
 * hidden until they are there, and earlier messages stay outside of the document; else they would grow while they are read.
 */

/** @import { ChatMessage } from "./chat_message.js" */

/** An opened conversation whose bodies do not come is shown after this long without one … */
const PATIENCE_MS = 400;
/** … and after this long in any case, as earlier messages are. */
const LONGEST_MS = 10 * PATIENCE_MS;
/** In place of a timer: held messages are to be shown as they are. */
const RELEASED = -1;
const HIDDEN = "timeline__list--settling";

export class Arrivals {
  #list;
  #draw;
  #toEnd;
  /** @type {number} a timer while an opening conversation waits for its bodies */
  #opening = 0;
  /** @type {number} a timer while earlier messages wait for theirs */
  #holding = 0;
  /** @type {(() => void)[]} those that wait until all is shown */
  #waiting = [];

  /**
   * @param {() => HTMLElement} list the element that holds the messages
   * @param {() => void} draw the thread again
   * @param {() => void} toEnd show the end of the thread
   */
  constructor(list, draw, toEnd) {
    this.#list = list;
    this.#draw = draw;
    this.#toEnd = toEnd;
  }

  get opening() {
    return this.#opening !== 0;
  }

  get holding() {
    return this.#holding !== 0;
  }

  /** Hide a conversation that opens and is not loaded yet. */
  begin() {
    this.#list().classList.add(HIDDEN);
    clearTimeout(this.#opening);
    this.#opening = window.setTimeout(() => this.settle(true), LONGEST_MS);
  }

  /** Stop waiting, and show the list. */
  end() {
    clearTimeout(this.#opening);
    clearTimeout(this.#holding);
    this.#opening = this.#holding = 0;
    this.#list().classList.remove(HIDDEN);
  }

  /** Show the opened conversation, at its end, once its bodies are there. @param {boolean} [anyway] */
  settle(anyway = false) {
    const isWaiting = [...this.#list().children].some((node) => "settled" in node && !node.settled);
    clearTimeout(this.#opening);
    this.#opening = isWaiting && !anyway ? window.setTimeout(() => this.settle(true), PATIENCE_MS) : 0;
    if (this.#opening) return;
    this.#list().classList.remove(HIDDEN);
    this.#toEnd();
    this.tell();
  }

  /**
   * @param {ChatMessage[]} nodes of the shown path
   * @returns {number} how many of the first are not to be shown yet
   */
  hold(nodes) {
    const shown = nodes.findIndex((node) => node.isConnected);
    const held = nodes.slice(0, Math.max(shown, 0)).findLastIndex((node) => !node.settled) + 1;
    if (held && this.#holding === RELEASED) return 0;
    if (held) this.#holding ||= window.setTimeout(() => this.#release(), LONGEST_MS);
    else {
      clearTimeout(this.#holding);
      this.#holding = 0;
    }
    return held;
  }

  /** The bodies did not come: show the messages as they are. */
  #release() {
    this.#holding = RELEASED;
    this.#draw();
    this.#holding = 0;
    this.tell();
  }

  /** @returns {Promise<void>} resolves when nothing is hidden or held back any more */
  whenShown() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.tell();
    });
  }

  /** Call it after the thread was drawn: it tells those that wait for that. */
  tell() {
    if (!this.opening && !this.holding) for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
