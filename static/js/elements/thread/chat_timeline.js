/** The thread: the shown path through the message tree, whose end is followed while an answer grows. */

import { listen } from "../../browser/events.js";
import { LayoutAhead } from "../../dom/layout_ahead.js";
import { Scroll } from "../../dom/scroll.js";
import { link } from "../../link/link.js";
import { store } from "../../state/store.js";
import { steps } from "../../verbs/actions.js";
import { ChatElement } from "../chat_element.js";
import { arrange, find, keepFocus } from "../dom.js";
import { Arrivals } from "./arrivals.js";
import { ChatGap } from "./chat_gap.js";
import { loadEarlier } from "./earlier.js";
import { openPicture } from "./message_files.js";
import { Nodes } from "./nodes.js";
import { Reader } from "./reader.js";
import { RunNews } from "./run_news.js";
import { registerThreadKeys } from "./thread_keys.js";

/** @import { Events } from "../../browser/events.js" */
/** @import { Render } from "../../shared/port.js" */
/** @import { Message } from "../../state/types.js" */
/** @import { ChatMessage } from "./chat_message.js" */

/** For a reader at the end of a long conversation only this many messages stay loaded; the earlier ones are forgotten … */
const MOST_MESSAGES = 200;
/** … once there are this many more of them, so that it is worth it. */
const EXCESS = 2 * MOST_MESSAGES;

export class ChatTimeline extends ChatElement {
  #nodes = new Nodes();
  #gap = new ChatGap();
  #scroll = new Scroll(this, { below: (below) => this.#showLatest(below) });
  #reader = new Reader(this, this.#scroll);
  /** @type {LayoutAhead | null} */
  #near = null;
  /** @type {import("../../state/types.js").Open | null} the conversation that the nodes belong to */
  #drawn = null;
  #drawing = false;
  #arrivals = new Arrivals(() => this.#list, () => this.#draw(), () => this.#scroll.toEnd());
  #news = new RunNews();
  #pendingSeen = "";
  /** @type {(() => void)[]} renders of stored messages that came in this flush */
  #stored = [];

  /** @param {AbortSignal} signal */
  begin(signal) {
    this.#scroll.connect();
    this.#near = new LayoutAhead(this, find(this, ".timeline__list", HTMLElement));
    this.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    listen("parley:change", (wanted, event) => this.#changeWithin(wanted, event), { on: this, signal });
    this.#latest.addEventListener("click", () => this.#reader.toLatest(), { signal });
    this.addEventListener("click", (event) => {
      const picture = event.target instanceof Element ? event.target.closest(".message__body a.picture") : null;
      if (picture instanceof HTMLAnchorElement) openPicture(event, picture);
    }, { signal });
    this.addEventListener("focusin", (event) => this.#reader.mark(event.target), { signal });
    this.addEventListener("focusout", () => this.#reader.mark(null), { signal });
    listen("parley:edit", (id) => this.#reader.message(id)?.edit(), { signal });
    listen("parley:go-to", (id) => this.#reader.go(this.#reader.message(id)), { signal });
    listen("parley:reveal", (wanted) => void this.#reader.reveal(wanted, this.whenShown()), { signal });
    listen("parley:edit-last", () => this.#editLast(), { signal });
    store.on(["messages", "conversation"], () => this.#drawSoon(), signal);
    store.on("connected", () => this.#nodes.showRuns(), signal);
    link.on("render", (/** @type {Render} */ render) => this.#render(render), signal);
    link.on("run.paused", ({ run }) => this.#nodes.ofRun(run)?.pause(), signal);
    registerThreadKeys(this, this.#reader, signal);
    signal.addEventListener("abort", () => {
      this.#arrivals.end();
      this.#scroll.disconnect();
    });
    this.#draw();
  }

  get #latest() {
    return find(document, ".latest", HTMLButtonElement);
  }

  #drawSoon() {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    const open = store.open;
    const fresh = this.#drawn !== open;
    if (fresh) this.#leave();
    this.#drawn = open;
    const path = steps();
    find(this, ".timeline__skeleton", HTMLElement).hidden = open.loaded || open.gone;
    find(this, ".empty", HTMLElement).hidden = Boolean(open.id) || path.length > 0;
    const several = open.members.length > 1 || new Set(path.map(({ message }) => message.author?.id).filter(Boolean)).size > 1;
    const change = () => {
      const nodes = this.#nodes.draw(path, several);
      const held = this.#arrivals.hold(nodes);
      keepFocus(this.#list, () => arrange(this.#list, this.#withGap(path.slice(held), nodes.slice(held))));
    };
    if (fresh && open.id && !path.length) this.#arrivals.begin();
    const isMine = this.#isMyNew(path.at(-1)?.message);
    if (fresh || isMine) {
      change();
      this.#scroll.toEnd();
    } else if (this.#arrivals.opening && path.length) {
      change();
      this.#arrivals.settle();
    } else this.#change(change);
    this.#news.tell(path.map((step) => step.message));
    this.#arrivals.tell();
  }

  /**
   * The nodes with the gap among them, before the message that follows it.
   * @param {import("../../state/types.js").Step[]} path
   * @param {ChatMessage[]} nodes
   * @returns {HTMLElement[]}
   */
  #withGap(path, nodes) {
    const at = path.findIndex(({ gap }) => gap);
    return at < 0 ? nodes : [...nodes.slice(0, at), this.#gap, ...nodes.slice(at)];
  }

  /** Whether the last message is a new one of this person, which takes them to the end once. @param {Message | undefined} last */
  #isMyNew(last) {
    const pending = last?.pending && !last.pending.error ? String(last.id) : "";
    const isNew = pending !== "" && pending !== this.#pendingSeen;
    if (pending) this.#pendingSeen = pending;
    return isNew;
  }

  /** Remove everything of the conversation before. */
  #leave() {
    this.#nodes.clear();
    this.#arrivals.end();
    this.#news.clear();
    this.#list.replaceChildren();
    this.#showLatest(false);
  }

  /**
   * Renders of a live run grow at the end, one at a time. Those of stored messages may come by the hundred and change
   * anything, so all of one flush are played together.
   * @param {Render} render
   */
  #render(render) {
    const node = this.#nodes.answer(render.message);
    if (!node) return;
    if (render.run !== null && node.message?.run && render.run < node.message.run.id) return;
    const change = () => {
      node.playRender(render);
      if (render.run !== null && render.state) store.conversation.applyRun(Number(render.message), render.run, render.state);
      node.showRun();
    };
    if (render.run === null) {
      if (this.#stored.push(change) === 1) queueMicrotask(() => this.#playStored());
      return;
    }
    this.#scroll.follow(node.contains(document.activeElement) ? () => keepFocus(this.#list, change) : change);
    if (node.message) this.#news.tell([node.message]);
    if (render.done) this.#drawSoon();
  }

  #playStored() {
    const changes = this.#stored.splice(0);
    this.#change(() => changes.forEach((change) => change()));
    if (this.#arrivals.opening) this.#arrivals.settle();
    if (this.#arrivals.holding) this.#drawSoon();
  }

  /** Run a change elsewhere than at the growing end: a reader at the end stays there, for others nothing moves. @param {() => void} change */
  #change(change) {
    if (this.#scroll.following) this.#scroll.follow(change);
    else this.#scroll.keep(change);
  }

  /**
   * A body changes by itself, or because somebody asked for it; then the element that they look at does not move.
   * @param {Events["parley:change"]} wanted
   * @param {Event} event
   */
  #changeWithin({ change, asked }, event) {
    const target = /** @type {Element} */ (event.target);
    event.preventDefault();
    if (asked && target.getBoundingClientRect().bottom > this.getBoundingClientRect().top) this.#scroll.keep(change, target);
    else this.#change(change);
  }

  get #list() {
    return find(this, ".timeline__list", HTMLElement);
  }

  /** Resolves when what is known of the open conversation is in the document, with the bodies it was waiting for. */
  whenShown() {
    if (this.#drawing) this.#draw();
    return this.#arrivals.whenShown();
  }

  #scrolled() {
    this.#near?.update();
    if (!this.#arrivals.holding) void loadEarlier(this, this.#list);
    if (this.#scroll.following && store.conversation.path.length > MOST_MESSAGES + EXCESS) this.#forgetAbove();
  }

  #forgetAbove() {
    store.conversation.forgetAbove(MOST_MESSAGES);
    this.#nodes.dropOthers(store.open.messages);
  }

  #editLast() {
    const mine = steps().findLast(({ message }) => message.role === "user" && message.author?.id === store.person.user.id);
    if (mine && store.open.role !== "viewer") this.#nodes.of(mine.message).edit();
  }

  /** @param {boolean} below */
  #showLatest(below) {
    this.#latest.hidden = !below;
  }
}
