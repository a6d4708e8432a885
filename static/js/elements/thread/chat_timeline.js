/** The thread: the shown path through the message tree, kept in view or followed while an answer grows. */

import { listen } from "../../browser/events.js";
import { Near } from "../../dom/near.js";
import { Scroll } from "../../dom/scroll.js";
import { link } from "../../link/link.js";
import { isLive } from "../../state/messages.js";
import { store } from "../../state/store.js";
import { steps } from "../../verbs/actions.js";
import { ask } from "../../verbs/ask.js";
import { say } from "../../words/words.js";
import { announce, arrange, find, keepFocus, make } from "../dom.js";
import { faultOf } from "./chat_error.js";
import { ChatGap } from "./chat_gap.js";
import { ChatMessage } from "./chat_message.js";
import { registerThreadKeys } from "./thread_keys.js";

/** @import { Events } from "../../browser/events.js" */
/** @import { Render } from "../../shared/port.js" */
/** @import { Message } from "../../state/types.js" */

/** Earlier messages are asked for when the reader comes this near to the top. */
const NEAR_TOP_PX = 600;
/** A reader at the end of a long conversation keeps so many messages; the earlier ones they went through are let go. */
const KEPT = 200;
/** … once there are so many more that it is worth it. */
const MANY = 2 * KEPT;
/** A conversation that opens waits so long for the bodies of its messages before it is shown as it is. */
const SETTLE_MS = 400;
/** Instead of a timer: what was held is to be shown as it is. */
const RELEASED = -1;
/** Above a message to which the reader is taken. */
const ABOVE_PX = 16;

export class ChatTimeline extends HTMLElement {
  /** @type {Map<string, ChatMessage>} every message once shown, also while another branch is */
  #nodes = new Map();
  #gap = new ChatGap();
  #scroll = new Scroll(this, { below: (below) => this.#showLatest(below) });
  /** @type {Near | null} */
  #near = null;
  /** @type {(() => void)[]} */
  #ends = [];
  /** @type {import("../../state/types.js").Open | null} the conversation that the nodes belong to */
  #drawn = null;
  #drawing = false;
  #loading = false;
  /** @type {Map<number, string>} the status last announced of each run */
  #announced = new Map();
  #pendingSeen = "";
  /** @type {(() => void)[]} renders of stored messages that came in this frame */
  #stored = [];
  /** @type {number} set while an opening conversation waits for its bodies */
  #settling = 0;
  /** @type {number} set while earlier messages wait for their bodies, outside of the document */
  #holding = 0;
  /** @type {(() => void)[]} those that wait until the conversation is shown */
  #openings = [];
  /** The message to be revealed: a later one takes its place. @type {Events["parley:reveal"] | null} */
  #wanted = null;

  connectedCallback() {
    this.#scroll.connect();
    this.#near = new Near(this, find(this, ".timeline__list", HTMLElement));
    const ending = new AbortController();
    const { signal } = ending;
    this.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    listen("parley:change", (wanted, event) => this.#changeWithin(wanted, event), { on: this, signal });
    this.#latest.addEventListener("click", () => this.#toLatest(), { signal });
    this.addEventListener("focusin", (event) => this.#mark(event.target), { signal });
    this.addEventListener("focusout", () => this.#mark(null), { signal });
    listen("parley:edit", (id) => this.#shownNode(id)?.edit(), { signal });
    listen("parley:go-to", (id) => this.#go(this.#shownNode(id)), { signal });
    listen("parley:reveal", (wanted) => void this.#reveal(wanted), { signal });
    listen("parley:edit-last", () => this.#editLast(), { signal });
    const draw = () => this.#drawSoon();
    this.#ends = [
      () => ending.abort(),
      store.on("messages", draw),
      store.on("conversation", draw),
      store.on("connected", () => this.#nodes.forEach((node) => node.showRun())),
      link.on("render", (/** @type {Render} */ render) => this.#render(render)),
      link.on("run.paused", ({ run }) => this.#nodeOfRun(run)?.pause()),
      registerThreadKeys(this, {
        messages: () => this.#shown(),
        reading: () => this.#reading(),
        go: (node) => this.#go(node),
        leave: () => this.#toWrite(),
        question: (node) => this.#questionOf(node),
      }),
    ];
    this.#draw();
  }

  disconnectedCallback() {
    clearTimeout(this.#settling);
    clearTimeout(this.#holding);
    this.#settling = this.#holding = 0;
    this.#scroll.disconnect();
    for (const end of this.#ends.splice(0)) end();
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
      let before = "";
      const nodes = path.map((step, place) => {
        const { message } = step;
        const author = message.role === "user" ? `user ${message.author?.id}` : "";
        const node = this.#node(message);
        node.show(step, { named: several && author !== "" && author !== before, last: place === path.length - 1 });
        before = author;
        return node;
      });
      const held = this.#hold(nodes);
      keepFocus(this.#list, () => arrange(this.#list, this.#withGap(path.slice(held), nodes.slice(held))));
    };
    if (fresh && open.id && !path.length) this.#beginSettling();
    const own = this.#ownNew(path.at(-1)?.message);
    if (fresh || own) {
      change();
      this.#scroll.toEnd();
    } else if (this.#settling && path.length) {
      change();
      this.#settle();
    } else this.#change(change);
    this.#announceRuns(path.map((step) => step.message));
    this.#tellOpened();
  }

  /**
   * The gap stands before the message after it.
   * @param {import("../../state/types.js").Step[]} path
   * @param {ChatMessage[]} nodes
   * @returns {HTMLElement[]}
   */
  #withGap(path, nodes) {
    const at = path.findIndex(({ gap }) => gap);
    return at < 0 ? nodes : [...nodes.slice(0, at), this.#gap, ...nodes.slice(at)];
  }

  /**
   * Earlier messages come into the document with their bodies: empty ones would grow under the reader's eyes.
   * @param {ChatMessage[]} nodes of the shown path
   * @returns {number} how many of the first are not ready
   */
  #hold(nodes) {
    const shown = nodes.findIndex((node) => node.isConnected);
    const held = nodes.slice(0, Math.max(shown, 0)).findLastIndex((node) => !node.settled) + 1;
    if (held && this.#holding === RELEASED) return 0;
    if (held) this.#holding ||= window.setTimeout(() => this.#release(), 10 * SETTLE_MS);
    else {
      clearTimeout(this.#holding);
      this.#holding = 0;
    }
    return held;
  }

  /** The bodies do not come: the messages are shown as they are. */
  #release() {
    this.#holding = RELEASED;
    this.#draw();
    this.#holding = 0;
    this.#tellOpened();
  }

  #beginSettling() {
    this.#list.classList.add("timeline__list--settling");
    clearTimeout(this.#settling);
    this.#settling = window.setTimeout(() => this.#settle(true), 10 * SETTLE_MS);
  }

  /** Show the opened conversation, at its end, once its bodies are there. @param {boolean} [anyway] */
  #settle(anyway = false) {
    const list = this.#list;
    const waiting = [...list.children].some((node) => node instanceof ChatMessage && !node.settled);
    clearTimeout(this.#settling);
    this.#settling = waiting && !anyway ? window.setTimeout(() => this.#settle(true), SETTLE_MS) : 0;
    if (this.#settling) return;
    list.classList.remove("timeline__list--settling");
    this.#scroll.toEnd();
    this.#tellOpened();
  }

  /** The reader's own new message at the end takes them there, once. @param {Message | undefined} last */
  #ownNew(last) {
    const pending = last?.pending && !last.pending.error ? String(last.id) : "";
    const isNew = pending !== "" && pending !== this.#pendingSeen;
    if (pending) this.#pendingSeen = pending;
    return isNew;
  }

  /** Nothing of the conversation before stays. */
  #leave() {
    for (const node of this.#nodes.values()) {
      const run = node.message?.run;
      if (run && isLive(run)) link.unwatch(run.id);
      node.letGo();
    }
    this.#nodes.clear();
    clearTimeout(this.#settling);
    clearTimeout(this.#holding);
    this.#settling = this.#holding = 0;
    this.#list.classList.remove("timeline__list--settling");
    this.#announced.clear();
    this.#list.replaceChildren();
    this.#showLatest(false);
  }

  /**
   * A message keeps its node when the stored copy replaces the pending one.
   * @param {Message} message
   */
  #node(message) {
    const key = message.role === "user" && message.client_id ? message.client_id : String(message.id);
    const known = this.#nodes.get(key) ?? new ChatMessage();
    this.#nodes.set(key, known);
    return known;
  }

  /**
   * Renders of a live run grow at the end, one at a time; those of stored messages may come by the hundred and stand
   * anywhere, so all of one frame are played together.
   * @param {Render} render
   */
  #render(render) {
    const node = this.#nodes.get(String(render.message));
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
    if (node.message) this.#announceRuns([node.message]);
    if (render.done) this.#drawSoon();
  }

  #playStored() {
    const changes = this.#stored.splice(0);
    this.#change(() => changes.forEach((change) => change()));
    if (this.#settling) this.#settle();
    if (this.#holding) this.#drawSoon();
  }

  /** Something that is not the growing end changes: who follows goes on following, who reads elsewhere sees no move. @param {() => void} change */
  #change(change) {
    if (this.#scroll.following) this.#scroll.follow(change);
    else this.#scroll.keep(change);
  }

  /**
   * A body changes by itself, or because somebody asked: then what they look at stays.
   * @param {Events["parley:change"]} wanted
   * @param {Event} event
   */
  #changeWithin({ change, asked }, event) {
    const target = /** @type {Element} */ (event.target);
    event.preventDefault();
    if (asked && target.getBoundingClientRect().bottom > this.getBoundingClientRect().top) this.#scroll.keep(change, target);
    else this.#change(change);
  }

  /** @param {number} run */
  #nodeOfRun(run) {
    return [...this.#nodes.values()].find((node) => node.message?.run?.id === run);
  }

  /** Say the start, the end and what went wrong, and nothing between. @param {Message[]} messages */
  #announceRuns(messages) {
    for (const message of messages) {
      const { run } = message;
      if (!run) continue;
      const status = run.status === "waiting" ? "waiting" : isLive(run) ? "live" : run.status;
      const before = this.#announced.get(run.id);
      this.#announced.set(run.id, status);
      if (before === status || (before === undefined && !isLive(run))) continue;
      if (status === "waiting") announce(say("The model wants to run a tool and is waiting for approval."));
      else if (before === "waiting" && status === "live") continue;
      else if (status === "live") announce(say("The answer has started."));
      else announce(faultOf(message)?.what ?? (status === "stopped" ? say("The answer was stopped.") : say("The answer is complete.")));
    }
  }

  get #list() {
    return find(this, ".timeline__list", HTMLElement);
  }

  #shown() {
    return /** @type {ChatMessage[]} */ ([...this.#list.querySelectorAll(":scope > chat-message")]);
  }

  /** The message that is being read: the first that begins in view, or else the one that fills it. */
  #reading() {
    const { top, bottom } = this.getBoundingClientRect();
    const inView = this.#shown().filter((node) => {
      const box = node.getBoundingClientRect();
      return box.bottom > top + ABOVE_PX && box.top < bottom;
    });
    return inView.find((node) => node.getBoundingClientRect().top >= top) ?? inView[0] ?? null;
  }

  /** @param {import("../../state/types.js").MessageId} id */
  #shownNode(id) {
    return this.#shown().find((node) => node.message?.id === id) ?? null;
  }

  /** @param {Events["parley:reveal"]} wanted */
  async #reveal(wanted) {
    const { open } = store;
    this.#wanted = wanted;
    await this.opened();
    const node = this.#shownNode(wanted.message);
    if (!node || store.open !== open || this.#wanted !== wanted) return;
    this.#go(node);
    const { markFound } = await import("./found_mark.js");
    const range = markFound(node, wanted.words);
    if (range) this.#scroll.reveal(range);
  }

  /** Resolves when what is known of the open conversation is in the document, with the bodies it was waiting for. */
  opened() {
    if (this.#drawing) this.#draw();
    return /** @type {Promise<void>} */ (new Promise((resolve) => {
      this.#openings.push(resolve);
      this.#tellOpened();
    }));
  }

  #tellOpened() {
    if (!this.#settling && !this.#holding) for (const resolve of this.#openings.splice(0)) resolve();
  }

  /** @param {HTMLElement} node */
  #questionOf(node) {
    const shown = this.#shown();
    const from = shown.findIndex((each) => each === node);
    return shown.slice(0, Math.max(from, 0)).findLast(({ message }) => message?.role === "user") ?? null;
  }

  /** @param {HTMLElement | null} node */
  #go(node) {
    if (!node) return;
    node.focus({ preventScroll: true });
    this.#scroll.toNode(node, ABOVE_PX);
  }

  #toWrite() {
    this.#scroll.toEnd();
    document.getElementById("composer-text")?.focus();
  }

  /** The button goes; whoever pressed it by keyboard stands at the newest message then. */
  #toLatest() {
    this.#scroll.toEnd();
    this.#shown().at(-1)?.focus({ preventScroll: true });
  }

  /** The message with the focus is the current one. @param {EventTarget | null} target */
  #mark(target) {
    const current = target instanceof Element ? target.closest("chat-message") : null;
    for (const node of this.querySelectorAll("[aria-current]")) if (node !== current) node.removeAttribute("aria-current");
    current?.setAttribute("aria-current", "true");
  }

  #scrolled() {
    this.#near?.update();
    if (this.scrollTop < NEAR_TOP_PX && store.open.more && !this.#loading && !this.#holding) void this.#loadEarlier();
    if (this.#scroll.following && store.conversation.path.length > KEPT + MANY) this.#forgetAbove();
  }

  #forgetAbove() {
    store.conversation.forgetAbove(KEPT);
    for (const [key, node] of this.#nodes) {
      const id = node.message?.id;
      if (id === undefined || store.open.messages.has(id)) continue;
      node.letGo();
      this.#nodes.delete(key);
    }
  }

  async #loadEarlier() {
    const { oldest } = store.open;
    if (!Number.isFinite(oldest)) return;
    this.#loading = true;
    const waiting = make("p", "timeline__earlier status", say("loading earlier messages"));
    const list = this.#list;
    const timer = setTimeout(() => list.before(waiting), 300);
    try {
      await ask({ type: "conversation.history", conversation: store.open.id, before: oldest });
    } catch {
      // Scrolling there again asks again.
    } finally {
      clearTimeout(timer);
      waiting.remove();
      this.#loading = false;
    }
  }

  #editLast() {
    const own = steps().findLast(({ message }) => message.role === "user" && message.author?.id === store.person.user.id);
    if (own && store.open.role !== "viewer") this.#node(own.message).edit();
  }

  /** @param {boolean} below */
  #showLatest(below) {
    this.#latest.hidden = !below;
  }
}
