/** Where a person writes: one line until more is needed; Send becomes Stop while the shown answer runs. */

import { liveAnswer, post, steps, stop } from "../actions.js";
import { recall } from "../memory.js";
import { draftName, keepDraft } from "../navigation.js";
import { store } from "../store.js";
import { say, sayExcess } from "../words.js";
import { ChatAttachments } from "./chat_attachments.js";
import { announce, find, write } from "./dom.js";

/** Drafts are kept this long after the last key: storage is written on the main thread. */
const DRAFT_DELAY_MS = 250;

export class ChatComposer extends HTMLElement {
  /** @type {(() => void)[]} */
  #ends = [];
  #shownDraft = "";
  #draftTimer = 0;
  #note = "";
  /** What the files have to say, until something changes. */
  #fileNote = "";

  connectedCallback() {
    const ending = new AbortController();
    const { signal } = ending;
    const text = this.#text;
    find(this, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    }, { signal });
    find(this, "form", HTMLFormElement).addEventListener("click", (event) => event.target === event.currentTarget && text.focus(), { signal });
    text.addEventListener("keydown", (event) => this.#key(event), { signal });
    text.addEventListener("input", () => this.#typed(), { signal });
    window.addEventListener("pagehide", () => keepDraft(text.value), { signal });
    this.addEventListener("parley:attached", (event) => this.#attached(event instanceof CustomEvent ? event.detail : null), { signal });
    const draw = () => this.#draw();
    this.#ends = [() => ending.abort(), store.on("conversation", draw), store.on("messages", draw), store.on("run", draw), store.on("models", draw), store.on("connected", draw)];
    this.#draw();
  }

  disconnectedCallback() {
    for (const end of this.#ends.splice(0)) end();
  }

  get #text() {
    return find(this, ".composer__text", HTMLTextAreaElement);
  }

  get #attachments() {
    return find(this, "chat-attachments", ChatAttachments);
  }

  /** Something is ready to go: words, or files. */
  get #filled() {
    return this.#text.value.trim() !== "" || this.#attachments.files.items.length > 0;
  }

  /** @param {string | null} words */
  #attached(words) {
    this.#fileNote = words ?? "";
    const { files } = this.#attachments;
    const waited = this.#note === "uploading";
    if ((waited && !files.underway) || this.#note === "refused") this.#note = files.ready ? "" : "refused";
    this.#draw();
    if (waited && files.ready) this.#send();
  }

  #draw() {
    this.#changeDraft();
    const closed = store.open.role === "viewer" || store.open.gone;
    const running = !closed && liveAnswer() !== null;
    const send = find(this, ".composer__send", HTMLButtonElement);
    const form = find(this, "form", HTMLFormElement);
    form.classList.toggle("composer--running", running);
    form.classList.toggle("composer--closed", closed);
    this.#text.disabled = closed;
    const label = (running ? send.dataset.stopLabel : send.dataset.sendLabel) ?? "";
    send.setAttribute("aria-label", label);
    send.title = label;
    send.disabled = closed || (!running && !this.#filled);
    find(this, ".composer__attach", HTMLButtonElement).disabled = closed;
    if (!running && this.#note === "busy") this.#note = "";
    if (store.connected && this.#note === "busy-lost") this.#note = "";
    if (this.#note === "busy-sending" && !steps().at(-1)?.message.pending) this.#note = "";
    this.#drawNote(closed);
    this.#drawGone();
  }

  #drawGone() {
    const notice = find(this, ".composer__gone", HTMLElement);
    if (notice.hidden !== store.open.gone) return;
    notice.hidden = !store.open.gone;
    if (store.open.gone) announce(find(notice, "p", HTMLElement).textContent ?? "");
  }

  /** Each conversation has a draft of its own. */
  #changeDraft() {
    const name = draftName();
    if (name === this.#shownDraft) return;
    clearTimeout(this.#draftTimer);
    const text = this.#text;
    const becameStored = this.#shownDraft === "draft.new" && text.value && !recall(name) && store.open.messages.size > 0;
    this.#shownDraft = name;
    this.#note = "";
    if (!becameStored && (text.value || recall(name))) text.value = recall(name);
    this.#attachments.show(name, Boolean(becameStored));
    this.#fit();
  }

  /** @param {boolean} closed */
  #drawNote(closed) {
    const limit = store.limits.max_message_chars;
    const excess = this.#excess();
    const note = find(this, ".composer__note", HTMLElement);
    const refusal = closed ? "" : this.#attachments.refusal || this.#fileNote;
    note.classList.toggle("composer__note--danger", excess > 0 || refusal !== "");
    if (closed) write(note, store.open.gone ? "" : say("You can read this conversation. To write, ask its owner."));
    else if (excess > 0) write(note, sayExcess(excess, limit));
    else if (refusal) write(note, refusal);
    else write(note, wordsOf(this.#note));
  }

  #excess() {
    const { value } = this.#text;
    const limit = store.limits.max_message_chars;
    // Counting characters costs a copy of the text; code units are never fewer.
    return value.length <= limit ? 0 : [...value].length - limit;
  }

  #typed() {
    this.#note = "";
    this.#fit();
    this.#draw();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = window.setTimeout(() => keepDraft(this.#text.value), DRAFT_DELAY_MS);
  }

  /** Where the style sheet cannot let the field grow by itself. */
  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    const text = this.#text;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229 is what some input methods report for the Enter that only accepts a word.
    if (event.isComposing || event.keyCode === 229) return;
    const empty = this.#text.value === "";
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "ArrowUp" && empty && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("parley:edit-last"));
    } else if (event.key === "Escape" && liveAnswer()) {
      event.preventDefault();
      stop();
    }
  }

  /** The button: it sends, or stops. */
  #submit() {
    if (liveAnswer()) stop();
    else this.#send();
  }

  #send() {
    const text = this.#text;
    const { files, refusal } = this.#attachments;
    if (!this.#filled || this.#excess() > 0 || text.disabled || refusal) return;
    if (!files.ready) {
      this.#note = files.underway ? "uploading" : "refused";
      this.#drawNote(false);
      return;
    }
    const unsent = steps().at(-1)?.message.pending;
    if (liveAnswer() || (unsent && !unsent.error)) {
      this.#note = !store.connected ? "busy-lost" : unsent ? "busy-sending" : "busy";
      this.#drawNote(false);
      return;
    }
    const written = text.value;
    text.value = "";
    clearTimeout(this.#draftTimer);
    keepDraft("");
    this.#fit();
    const attachments = files.parts;
    files.clear();
    post(written.replace(/\s+$/, ""), undefined, attachments);
    text.focus();
  }
}

/** @param {string} note why Enter did not send; "" for no reason */
function wordsOf(note) {
  if (note === "uploading") return say("Your message goes out as soon as its files are uploaded.");
  if (note === "refused") return say("A file could not be uploaded. Try it again, or remove it.");
  if (note === "busy") return say("The answer is still running. Stop it, or wait.");
  if (note === "busy-sending") return say("Your last message is still on its way.");
  return note && say("The connection is lost. Your text is kept here; send it when the answer is complete.");
}
