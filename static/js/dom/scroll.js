/**
 * The scroll position of the thread as two verbs: `follow` for what grows at the end, `keep` for what changes
 * elsewhere. Whether the reader stands at the end is learned from scroll events only, so a streaming answer costs one
 * layout per frame and a position is never guessed from a half-changed page.
 */

/** Within so many pixels of the end counts as the end: sub-pixel rounding and a trackpad's last nudge. */
const NEAR_PX = 24;

export class Scroll {
  /** @type {HTMLElement} */ #scroller;
  /** @type {(below: boolean) => void} */ #onBelow;
  #following = true;
  #below = false;
  #lastTop = 0;
  /** @type {ResizeObserver | null} */ #observer = null;

  /**
   * @param {HTMLElement} scroller the element that scrolls (`overflow-y: auto`)
   * @param {{ below?: (below: boolean) => void }} [callbacks] `below(true)` when text arrived under what the reader
   *   sees, `below(false)` when the end is in view again
   */
  constructor(scroller, { below = () => {} } = {}) {
    this.#scroller = scroller;
    this.#onBelow = below;
  }

  /** Starts listening; undone by `disconnect`. */
  connect() {
    this.#lastTop = this.#scroller.scrollTop;
    this.#scroller.addEventListener("scroll", this.#scrolled, { passive: true });
    if (typeof ResizeObserver === "undefined") return;
    // The composer growing, a phone's keyboard or a rotated screen must not leave a follower short of the end.
    this.#observer = new ResizeObserver(() => this.#following && this.#toEnd());
    this.#observer.observe(this.#scroller);
  }

  disconnect() {
    this.#scroller.removeEventListener("scroll", this.#scrolled);
    this.#observer?.disconnect();
    this.#observer = null;
  }

  /** Whether the reader stands at the end and wants to stay there. */
  get following() {
    return this.#following;
  }

  /**
   * Runs a change that adds at the end. A reader at the end stays at the end; one who scrolled away stays where they
   * are and `below(true)` is reported.
   *
   * @param {() => void} change
   */
  follow(change) {
    change();
    if (this.#following) this.#toEnd();
    else this.#setBelow(true);
  }

  /**
   * Runs a change anywhere else (older messages above, another branch), keeping `anchor` where it is on the screen.
   *
   * @param {() => void} change
   * @param {Element | null} [anchor] what must not move; by default the first child in view
   */
  keep(change, anchor = this.#firstInView()) {
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) {
      const moved = anchor.getBoundingClientRect().top - before;
      if (moved) this.#place(this.#scroller.scrollTop + moved);
    }
  }

  /** Takes the reader to the end and follows from there on: their own send, or the "new text below" button. */
  toEnd() {
    this.#following = true;
    this.#toEnd();
  }

  #toEnd() {
    this.#place(this.#scroller.scrollHeight);
    this.#setBelow(false);
  }

  /** @param {number} top */
  #place(top) {
    this.#scroller.scrollTop = top;
    this.#lastTop = this.#scroller.scrollTop;
  }

  #firstInView() {
    const top = this.#scroller.getBoundingClientRect().top;
    const list = this.#scroller.children.length === 1 ? this.#scroller.children[0]?.children : this.#scroller.children;
    for (const child of list ?? []) {
      if (child.getBoundingClientRect().bottom > top) return child;
    }
    return null;
  }

  #scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight <= NEAR_PX;
    // Growth also fires scroll events away from the end; only moving up is a reader who leaves.
    if (atEnd) this.#following = true;
    else if (scrollTop < this.#lastTop) this.#following = false;
    this.#lastTop = scrollTop;
    if (atEnd) this.#setBelow(false);
  };

  /** @param {boolean} below */
  #setBelow(below) {
    if (below === this.#below) return;
    this.#below = below;
    this.#onBelow(below);
  }
}
