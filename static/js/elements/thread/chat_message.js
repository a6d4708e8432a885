/** One message: who wrote it, its body, what can be done with it, and how its answer came about. */

import { filesOf, isLive, textOf } from "../../state/messages.js";
import { store } from "../../state/store.js";
import { drawApprovals } from "../../verbs/approvals.js";
import { say, sayCount, sayDuration, sayMoment } from "../../words/words.js";
import { copyOf, find, make, paintAvatar, put, write } from "../dom.js";
import { ChatError } from "./chat_error.js";
import { ChatStatus } from "./chat_status.js";
import { MessageBody } from "./message_body.js";
import { openEdit } from "./message_edit.js";
import { showFiles } from "./message_files.js";
import { drawFoot, press } from "./message_foot.js";

/** @import { Message, Step } from "../../state/types.js" */
/** @typedef {{words: string, minor: boolean}} Detail `minor`: hidden where there is little room */
/** @typedef {{named: boolean, last: boolean}} Position `named`: the author is shown; `last`: nothing follows */

/** A message says that it is being sent only after this long: for shorter waits the line would flicker. */
const SENDING_AFTER_MS = 800;

export class ChatMessage extends HTMLElement {
  /** @type {Step | null} */
  #step = null;
  /** Of an answer. @type {MessageBody | null} */
  #body = null;
  #paused = false;
  /** What `show` was last called with, because a thread of thousands is drawn again for each new message. */
  #shown = "";
  /** @type {import("../../state/types.js").Run | null} */
  #shownRun = null;
  #waitingSince = performance.now();
  /** @type {{error: ChatError, status: ChatStatus, details: HTMLElement} | null} */
  #found = null;

  connectedCallback() {
    if (!this.firstElementChild) this.#build();
  }

  get message() {
    return this.#step?.message ?? null;
  }

  /** Whether the body shows something, or is not waited for: a live answer may have nothing to show yet. */
  get settled() {
    return this.message?.role !== "assistant" || this.#body?.settled === true;
  }

  /** @param {Step} step @param {Position} position */
  show(step, position) {
    if (!this.firstElementChild) this.#build();
    if (this.#isShown(step, position)) return;
    this.#step = step;
    const { message } = step;
    const isNear = this.classList.contains("message--near");
    this.className = `message message--${message.role}`;
    this.classList.toggle("message--near", isNear);
    this.classList.toggle("message--pending", Boolean(message.pending && !message.pending.error));
    this.classList.toggle("message--last", position.last);
    this.classList.toggle("message--editing", Boolean(this.querySelector(".edit")));
    const name = message.author?.name ?? (message.role === "user" ? say("former member") : message.model ?? "");
    this.setAttribute("aria-label", message.role === "user" ? say("Message by {name}", { name }) : say("Answer by {model}", { model: name }));
    this.#drawHead(message, name, position.named);
    this.#drawBody(message);
    drawFoot(this, step, position.last);
    this.showRun();
  }

  /**
   * Whether nothing has changed since the last time: the store replaces each message and run that it changes.
   * @param {Step} step
   * @param {Position} position
   */
  #isShown(step, position) {
    const { role, gone } = store.open;
    const now = JSON.stringify([position, step.version, step.siblings, role, gone, store.person.user.id]);
    const { message } = step;
    const same = now === this.#shown && message === this.message && message.run === this.#shownRun && !message.pending && !isLive(message.run);
    this.#shown = now;
    this.#shownRun = message.run;
    return same;
  }

  /** Draw again what depends on the run: status, error, details. */
  showRun() {
    const { message } = this;
    if (!message) return;
    const live = isLive(message.run) && !store.open.gone;
    const unsent = message.pending && !message.pending.error && !store.open.gone;
    this.classList.toggle("message--live", live || Boolean(unsent));
    put(this, "aria-busy", String(live));
    put(this, "data-run", String(message.run?.id ?? ""));
    if (message.run?.status === "waiting") drawApprovals(this);
    const { status, error, details } = this.#parts;
    if (unsent) status.show(null, this.#sendingWords());
    else status.show(live ? message.run : null, live ? this.#insteadOfPhase() : "");
    error.show(message);
    drawDetails(details, live ? [] : detailsOf(message));
  }

  /** @param {import("../../shared/port.js").Render} render */
  playRender(render) {
    this.#body?.play(render);
    this.#paused = false;
  }

  /** Call it before the element is dropped. */
  release() {
    this.#body?.release();
  }

  /** Say that the server is slow to store the text. */
  pause() {
    this.#paused = true;
    this.showRun();
  }

  /** Edit the message in place; the result is a sibling. */
  edit() {
    const { message } = this;
    if (message && typeof message.id === "number") openEdit(this, message);
  }

  /** The elements that each flush needs. They come after the body, so each search would go through a long answer. */
  get #parts() {
    this.#found ??= {
      error: find(this, "chat-error", ChatError),
      status: find(this, "chat-status", ChatStatus),
      details: find(this, ".message__details", HTMLElement),
    };
    return this.#found;
  }

  #build() {
    this.setAttribute("role", "article");
    // Not in the order of Tab, but the keys that walk through the thread focus it.
    this.tabIndex = -1;
    this.append(copyOf("message-template"));
    this.addEventListener("click", (event) => this.#click(event));
  }

  /**
   * @param {Message} message
   * @param {string} name
   * @param {boolean} named
   */
  #drawHead(message, name, named) {
    const head = find(this, ".message__head", HTMLElement);
    head.hidden = !named;
    if (!named) return;
    paintAvatar(find(head, ".avatar", HTMLElement), name);
    write(find(head, ".message__author", HTMLElement), name);
    const time = find(head, ".message__time", HTMLTimeElement);
    time.dateTime = message.created_at;
    write(time, timeOf(message.created_at));
  }

  /** @param {Message} message */
  #drawBody(message) {
    const body = find(this, ".message__body", HTMLElement);
    if (message.role === "assistant") {
      this.#body ??= new MessageBody(body, () => this.message);
      this.#body.show(message);
      return;
    }
    write(body, textOf(message));
    showFiles(find(this, ".message__files", HTMLElement), filesOf(message));
  }

  /** @param {Event} event */
  #click(event) {
    const step = this.#step;
    if (!step || !(event.target instanceof Element)) return;
    const button = event.target.closest(".message__foot [data-action]");
    if (!button) {
      if (document.getSelection()?.isCollapsed === false) return;
      this.classList.toggle("message--shown", !event.target.closest("a, button, form, summary") && !this.classList.contains("message--shown"));
      return;
    }
    press(this, /** @type {HTMLButtonElement} */ (button), step, () => this.edit());
  }

  /** What to say while the phase is not known or does not go on. */
  #insteadOfPhase() {
    if (!store.connected) return say("waiting for the connection");
    return this.#paused ? say("saving is slow, but nothing is lost") : "";
  }

  #sendingWords() {
    const waited = performance.now() - this.#waitingSince;
    if (!navigator.onLine || !store.connected) return say("will be sent when the connection is back");
    if (waited < SENDING_AFTER_MS) setTimeout(() => this.isConnected && this.showRun(), SENDING_AFTER_MS - waited + 20);
    return waited < SENDING_AFTER_MS ? "" : say("sending");
  }
}

/** The figures of an answer, in one line. @param {Message} message @returns {Detail[]} */
function detailsOf({ role, model, run }) {
  if (role !== "assistant" || !run) return [];
  /** @type {Detail[]} */
  const details = [];
  const add = (/** @type {string} */ words, minor = false) => void (words && details.push({ words, minor }));
  const tokens = run.usage?.output_tokens ?? run.output_tokens;
  const estimated = run.usage?.output_tokens == null && run.tokens_estimated;
  if (tokens) add(estimated ? sayCount("about {count} token", "about {count} tokens", tokens) : sayCount("{count} token", "{count} tokens", tokens));
  if (run.elapsed_seconds) add(sayDuration(run.elapsed_seconds));
  if (run.tokens_per_second) add(say("{rate} tok/s", { rate: Math.round(run.tokens_per_second) }), true);
  if (run.ttft_seconds != null) add(say("first token {seconds}", { seconds: sayDuration(run.ttft_seconds) }), true);
  add(run.model || model || "");
  if (run.cut_turns) add(sayCount("{count} earlier turn was left out to fit the model", "{count} earlier turns were left out to fit the model", run.cut_turns));
  const tools = run.left_out_tools?.length ?? 0;
  if (tools) add(sayCount("{count} tool was left out", "{count} tools were left out", tools));
  for (const what of run.learned ?? []) add(refused(what));
  return details;
}

/** What the model refused, so that it was asked without. @param {string} what */
function refused(what) {
  if (what === "tools") return say("asked without tools, which this model refuses");
  if (what === "left_out") return say("asked without a tool that this model refuses");
  if (what === "temperature") return say("asked without the temperature, which this model refuses");
  if (what === "effort") return say("asked without the reasoning effort, which this model refuses");
  return what === "pictures" ? say("asked without the pictures, which this model refuses") : "";
}

/** @param {HTMLElement} node @param {Detail[]} details */
function drawDetails(node, details) {
  const last = details.length - 1;
  const texts = details.map(({ words }, index) => (index < last ? `${words} · ` : words));
  if (node.textContent === texts.join("")) return;
  node.replaceChildren(...texts.map((text, index) => make("span", details[index]?.minor ? "message__minor" : "", text)));
}

/** @param {string} iso */
function timeOf(iso) {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return "";
  const today = then.toDateString() === new Date().toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const clock = { hour: "numeric", minute: "2-digit" };
  return sayMoment(then, today ? clock : { day: "numeric", month: "short", ...clock });
}
