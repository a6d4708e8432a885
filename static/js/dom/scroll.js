/**
 * The scroll position of the thread. A reader who went to the end follows it; for everybody else no line moves, whatever
 * grows above or below it, now or later (an image, a formula). Where the reader is and wants to stay is learned only from
 * scroll events, so a streaming answer costs one layout per animation frame, and a half-changed page is never measured.
 */

/** Where people read, as a share of the visible height from its top: the text at this line does not move. */
const READING_LINE = 0.25;

/** This many pixels from the end count as the end, because of sub-pixel rounding and a trackpad's last nudge. */
const NEAR_PX = 24;
/** Up to this many children are measured one by one; a longer list, which is in order, is halved first. */
const FEW = 50;
/** How deep below the thread to look for the block that stays where it is: message, body, prose, chunk, list, item. */
const DEPTH = 6;

/** @typedef {{node: Element, top: number}} Anchor the element that must stay, and where it is on the screen */

export class Scroll {
  /** @type {HTMLElement} */ #scroller;
  /** @type {(below: boolean) => void} */ #onBelow;
  #following = true;
  #below = false;
  #lastTop = 0;
  #lastHeight = 0;
  #lastRoom = 0;
  /** @type {Anchor | null} what is being read, while nobody follows */
  #anchor = null;
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
    this.#measure();
    this.#scroller.addEventListener("scroll", this.#scrolled, { passive: true });
    this.#scroller.addEventListener("click", this.#unfolded, { capture: true });
    this.#scroller.ownerDocument.addEventListener("selectionchange", this.#selected);
    if (typeof ResizeObserver === "undefined") return;
    // The composer growing, a phone's keyboard, an image that has arrived: after the layout and before anybody sees it.
    this.#observer = new ResizeObserver(() => this.#resized());
    this.#observer.observe(this.#scroller);
    if (this.#list) this.#observer.observe(this.#list);
  }

  disconnect() {
    this.#scroller.removeEventListener("scroll", this.#scrolled);
    this.#scroller.removeEventListener("click", this.#unfolded, { capture: true });
    this.#scroller.ownerDocument.removeEventListener("selectionchange", this.#selected);
    this.#observer?.disconnect();
    this.#observer = null;
  }

  /** Whether the reader stands at the end and wants to stay there. */
  get following() {
    return this.#following;
  }

  /**
   * Runs a change that adds at the end. A reader at the end stays at the end; one elsewhere stays where they are, and
   * `below(true)` is reported.
   *
   * @param {() => void} change
   */
  follow(change) {
    change();
    if (this.#following) this.#toEnd();
    else this.#setBelow(true);
  }

  /**
   * Runs a change anywhere else (older messages above, another branch), keeping `node` where it is on the screen.
   *
   * @param {() => void} change
   * @param {Element | null} [node] what must not move; by default what is being read
   */
  keep(change, node = null) {
    const anchor = node ? anchorAt(node) : readIn(this.#scroller);
    change();
    this.#stay(anchor);
    // A person who asked for a change at a node looks there, not at the end.
    if (node) this.#following = this.#toGo() <= 1;
    this.#anchor = this.#following ? null : readIn(this.#scroller);
  }

  /** Takes the reader to the end and follows from then on: after their own message, or by the "new text below" button. */
  toEnd() {
    this.#following = true;
    this.#toEnd();
  }

  /** Takes the reader to words in a message that are not in sight. @param {Range} range */
  reveal(range) {
    const { top } = this.#scroller.getBoundingClientRect();
    const room = this.#scroller.clientHeight;
    const down = range.getBoundingClientRect().top - top;
    if (down < 0 || down > room * 0.75) this.toNode(range, room / 3);
  }

  /**
   * Takes the reader to the beginning of a message, or of some words.
   * @param {Element | Range} node
   * @param {number} marginPx between it and the upper edge
   */
  toNode(node, marginPx) {
    const down = node.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top - marginPx;
    this.#moveTo(this.#scroller.scrollTop + down);
    this.#following = this.#toGo() <= 1;
    this.#anchor = this.#following ? null : readIn(this.#scroller);
    if (this.#following) this.#setBelow(false);
  }

  get #list() {
    return this.#scroller.firstElementChild;
  }

  #toGo() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #toEnd() {
    this.#anchor = null;
    this.#moveTo(this.#scroller.scrollHeight);
    this.#setBelow(false);
  }

  /** @param {number} top */
  #moveTo(top) {
    this.#scroller.scrollTop = top;
    this.#measure();
  }

  #measure() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#lastTop = scrollTop;
    this.#lastHeight = scrollHeight;
    this.#lastRoom = clientHeight;
  }

  /** @param {Anchor | null} anchor */
  #stay(anchor) {
    if (!anchor?.node.isConnected) return;
    const moved = anchor.node.getBoundingClientRect().top - anchor.top;
    if (moved) this.#moveTo(this.#scroller.scrollTop + moved);
  }

  #resized() {
    if (this.#following) return this.#toEnd();
    this.#stay(this.#anchor);
    this.#anchor = readIn(this.#scroller);
  }

  #scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const moved = scrollTop - this.#lastTop;
    const toGo = this.#toGo();
    // Less text or more room also moves the page up; that does not mean that the reader leaves, nor does the bounce at the very end.
    const isPushed = scrollHeight < this.#lastHeight || clientHeight > this.#lastRoom;
    if (moved < 0 && toGo > 1 && !isPushed) this.#following = false;
    else if (moved > 0 && toGo <= NEAR_PX) this.#following = true;
    this.#measure();
    this.#anchor = this.#following ? null : readIn(this.#scroller);
    if (toGo <= NEAR_PX) this.#setBelow(false);
  };

  /** A summary that somebody unfolds stays under the pointer; its content grows below it. @param {Event} event */
  #unfolded = (event) => {
    const summary = event.target instanceof Element ? event.target.closest("summary") : null;
    if (!summary) return;
    this.#following = false;
    this.#anchor = anchorAt(summary);
  };

  /** A person who selects text reads there, so that text stays under the pointer. */
  #selected = () => {
    if (!this.#following) return;
    const selection = this.#scroller.ownerDocument.getSelection();
    if (!selection || selection.isCollapsed || !this.#scroller.contains(selection.anchorNode)) return;
    this.#following = false;
    this.#anchor = readIn(this.#scroller);
  };

  /** @param {boolean} below */
  #setBelow(below) {
    if (below === this.#below) return;
    this.#below = below;
    this.#onBelow(below);
  }
}

/** @param {Element} node @returns {Anchor} */
function anchorAt(node) {
  return { node, top: node.getBoundingClientRect().top };
}

/** The deepest block at the reading line. @param {Element} scroller @returns {Anchor | null} */
function readIn(scroller) {
  // Not at the very edge, where a line may be cut off, or where the room above the first message is.
  const top = scroller.getBoundingClientRect().top + scroller.clientHeight * READING_LINE;
  let parent = scroller;
  /** @type {Anchor | null} */
  let found = null;
  for (let depth = 0; depth < DEPTH + 2; depth += 1) {
    const first = firstBelow(parent.children, top);
    // Where messages are still to come, the reader reads the element after that.
    const isPassed = first?.nodeName === "CHAT-GAP" || first?.classList?.contains("timeline__earlier") || (first && isGuessed(first));
    const node = isPassed ? (first?.nextElementSibling ?? first) : first;
    if (!node) break;
    found = anchorAt(node);
    // At the very top the column and the list begin in view; they do not move, whatever comes into them.
    if (found.top >= top && depth > 1) break;
    parent = node;
  }
  return found;
}

/**
 * Whether a message was never near the visible part: its height is a guess, and what is below moves when it is laid out.
 * @param {Element} node
 */
function isGuessed(node) {
  return node.nodeName === "CHAT-MESSAGE" && node.querySelector(".message__body")?.checkVisibility({ contentVisibilityAuto: true }) === false;
}

/**
 * The first of `nodes` that reaches below `top`.
 * @param {HTMLCollection} nodes
 * @param {number} top
 * @returns {Element | null}
 */
function firstBelow(nodes, top) {
  let from = 0;
  let to = nodes.length;
  while (to - from > FEW) {
    const half = (from + to) >> 1;
    if ((nodes.item(half)?.getBoundingClientRect().bottom ?? 0) > top) to = half + 1;
    else from = half + 1;
  }
  for (; from < to; from += 1) {
    const node = nodes.item(from);
    const box = node?.getBoundingClientRect();
    if (box?.height && box.bottom > top) return node;
  }
  return null;
}
