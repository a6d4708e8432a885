/**
 * Asks again for what was missed, and no oftener than is good for the server: each unsuccessful question doubles the
 * wait, the third asks from the beginning, and answers that never fit cannot make a loop.
 */

/**
 * @typedef {{ setTimeout(call: () => void, ms: number): any, clearTimeout(timer: any): void }} Clock
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const ASKS_FROM_OWN = 2;
/** Without a gap for so long, the next one is a first one again. */
const CALM_MS = 10_000;

export class Gap {
  #clock;
  #ask;
  #asks = 0;
  #missing = false;
  /** @type {any} */ #timer = null;
  /** @type {any} */ #calm = null;

  /**
   * @param {Clock} clock
   * @param {(fromStart: boolean) => void} ask
   */
  constructor(clock, ask) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Something came that does not follow on what we have. */
  found() {
    this.#missing = true;
    if (this.#timer !== null) return;
    if (this.#calm !== null) this.#clock.clearTimeout(this.#calm);
    this.#asks += 1;
    this.#timer = this.#clock.setTimeout(this.#waited, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#asks - 1)));
    this.#ask(this.#asks > ASKS_FROM_OWN);
  }

  /** Something came that fits. */
  closed() {
    this.#missing = false;
  }

  /** A new connection, or no more interest: the questions of the old one are void. */
  forget() {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#missing = false;
  }

  #waited = () => {
    this.#timer = null;
    if (this.#missing) this.found();
    else this.#calm = this.#clock.setTimeout(() => void (this.#asks = 0), CALM_MS);
  };
}
