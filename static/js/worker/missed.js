/**
 * Asks again for what was missed, with waits that spare the server: each unsuccessful question doubles the wait, the
 * third one whose answer did not fit asks from the beginning, and answers that never fit cannot make a loop.
 */

/**
 * @typedef {{ setTimeout(call: () => void, ms: number): any, clearTimeout(timer: any): void }} Clock
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const ASKS_FROM_SEQ = 2;
/** After this long with nothing missed, the next question counts as the first one again. */
const CALM_MS = 10_000;

export class Missed {
  #clock;
  #ask;
  #asks = 0;
  #refusals = 0;
  #missing = false;
  /** @type {any} */ #timer = null;
  /** @type {any} */ #calm = null;

  /** @param {Clock} clock @param {(fromStart: boolean) => void} ask */
  constructor(clock, ask) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Something came that does not follow on what the page has. */
  found() {
    this.#missing = true;
    if (this.#timer !== null) return;
    this.#wait();
    this.#ask(this.#asks - this.#refusals > ASKS_FROM_SEQ);
  }

  /** The question itself was refused, for example because the database is away: it is asked again, though not at once. */
  refused() {
    this.#missing = true;
    this.#refusals += 1;
    if (this.#timer === null) this.#wait();
  }

  /** Something came that fits. */
  closed() {
    this.#missing = false;
  }

  /** Forget open questions, after a new connection or when nobody needs the answer. */
  forget() {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#missing = false;
  }

  #wait() {
    if (this.#calm !== null) this.#clock.clearTimeout(this.#calm);
    this.#asks += 1;
    this.#timer = this.#clock.setTimeout(this.#afterWait, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#asks - 1)));
  }

  #afterWait = () => {
    this.#timer = null;
    if (this.#missing) this.found();
    else this.#calm = this.#clock.setTimeout(() => void (this.#asks = this.#refusals = 0), CALM_MS);
  };
}
