/** The form in which a person writes. While the shown answer runs, what is sent waits for its end. */

import { emit, listen } from "../../browser/events.js";
import { store } from "../../state/store.js";
import { liveAnswer, stop } from "../../verbs/actions.js";
import { draftOf } from "../../verbs/drafts.js";
import { sends } from "../../verbs/preferences.js";
import { sendNext } from "../../verbs/queue.js";
import { say, sayExcess } from "../../words/words.js";
import { ChatElement } from "../chat_element.js";
import { announce, find, hide, write } from "../dom.js";
import { fitBox } from "./box_size.js";
import { ChatAttachments, sayWait } from "./chat_attachments.js";
import { answerOffer, putBefore } from "./other_texts.js";
import { PromptOffer } from "./prompt_offer.js";

export class ChatComposer extends ChatElement {
  /** @type {import("../../state/types.js").Open | null} the conversation whose draft is in the box, and its id then */
  #shown = null;
  /** @type {string | null} */
  #shownId = null;
  /** @type {PromptOffer | null} */
  #prompts = null;
  /** Why Enter did not send. @type {"" | "uploading" | "refused"} */
  #note = "";
  /** What is to be said about the files, until something changes. */
  #fileNote = "";

  /** @param {AbortSignal} signal */
  begin(signal) {
    const text = this.#text;
    this.#prompts = new PromptOffer(text);
    const form = find(this, "form", HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    }, { signal });
    form.addEventListener("click", (event) => event.target === event.currentTarget && text.focus(), { signal });
    find(this, ".composer__stop", HTMLButtonElement).addEventListener("click", (event) => {
      // A double click on Send hits this button, which replaces it, with its second half: that stops nothing.
      if (event.detail < 2) stop();
    }, { signal });
    text.addEventListener("keydown", (event) => this.#key(event), { signal });
    text.addEventListener("input", () => this.#typed(), { signal });
    text.addEventListener("blur", () => this.#prompts?.close(), { signal });
    listen("parley:attached", (words) => this.#attached(words), { on: this, signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    listen("parley:write", (wanted) => void putBefore(text, this.#draft, this.#attachments.files, wanted), { signal });
    store.on(["conversation", "messages", "run", "models", "connected", "draft"], () => this.#draw(), signal);
    this.#draw();
  }

  get #text() {
    return find(this, ".composer__text", HTMLTextAreaElement);
  }

  get #attachments() {
    return find(this, "chat-attachments", ChatAttachments);
  }

  /** Whether there is something to send: words, or files. */
  get #filled() {
    return this.#text.value.trim() !== "" || this.#attachments.files.items.length > 0;
  }

  /** @param {string} words */
  #attached(words) {
    this.#fileNote = words;
    const { files } = this.#attachments;
    const waited = this.#note === "uploading";
    if ((waited && !files.underway) || this.#note === "refused") this.#note = files.ready ? "" : "refused";
    this.#draw();
    if (waited && files.ready) this.#send();
  }

  get #draft() {
    return draftOf(store.open.id);
  }

  #draw() {
    this.#showDraft();
    const closed = store.open.role === "viewer" || store.open.gone;
    const running = !closed && liveAnswer() !== null;
    const form = find(this, "form", HTMLFormElement);
    form.classList.toggle("composer--closed", closed);
    this.#text.disabled = closed;
    const send = find(this, ".composer__send", HTMLButtonElement);
    const stopping = find(this, ".composer__stop", HTMLButtonElement);
    const hadFocus = document.activeElement === send || document.activeElement === stopping;
    hide(stopping, !running);
    hide(send, running && !this.#filled);
    send.disabled = closed || !this.#filled;
    find(this, ".attach", HTMLButtonElement).disabled = closed;
    const label = running ? say("Send when the answer is complete") : say("Send");
    send.setAttribute("aria-label", label);
    send.title = label;
    // The button that was pressed may be gone, but the focus must not be lost.
    if (hadFocus && (document.activeElement === send ? send.hidden || send.disabled : stopping.hidden)) this.#text.focus();
    this.#drawNote(closed);
    this.#drawGone();
  }

  #drawGone() {
    const notice = find(this, ".composer__gone", HTMLElement);
    if (notice.hidden !== store.open.gone) return;
    notice.hidden = !store.open.gone;
    if (store.open.gone) announce(find(notice, "p", HTMLElement).textContent ?? "");
  }

  /** Show the draft of the conversation; a conversation that begins takes along what was typed since. */
  #showDraft() {
    const { open } = store;
    const text = this.#text;
    const begins = this.#shown === open && this.#shownId === null && open.id !== null;
    if (begins) {
      draftOf(null).clear();
      if (text.value) this.#draft.type(text.value);
    }
    const fresh = this.#shown !== open;
    this.#shown = open;
    this.#shownId = open.id;
    if (fresh) {
      this.#prompts?.close();
      this.#note = "";
    }
    if (fresh || begins) this.#attachments.show(`draft.${open.id ?? "new"}`, begins);
    hide(find(this, ".composer__other", HTMLElement), !this.#draft.other);
    if (text.value !== this.#draft.text) {
      text.value = this.#draft.text;
      fitBox(this.#text);
    } else if (fresh) fitBox(this.#text);
  }

  /** @param {boolean} closed */
  #drawNote(closed) {
    const limit = store.person.limits.max_message_chars;
    const excess = this.#excess();
    const note = find(this, ".composer__note", HTMLElement);
    const refusal = closed ? "" : this.#attachments.refusal || this.#fileNote;
    note.classList.toggle("composer__note--danger", excess > 0 || refusal !== "");
    if (closed) write(note, store.open.gone ? "" : say("You have read-only access. Ask the owner to let you write."));
    else if (excess > 0) write(note, sayExcess(excess, limit));
    else write(note, refusal || (this.#note && sayWait(this.#attachments.files)));
  }

  #excess() {
    const { value } = this.#text;
    const limit = store.person.limits.max_message_chars;
    // Counting characters costs a copy of the text; code units are never fewer.
    return value.length <= limit ? 0 : [...value].length - limit;
  }

  #typed() {
    this.#note = "";
    this.#draft.type(this.#text.value);
    fitBox(this.#text);
    this.#draw();
    void this.#prompts?.typed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229 is what some input methods report for the Enter that only accepts a word.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#prompts?.key(event)) return;
    const empty = this.#text.value === "";
    if (sends(event)) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "ArrowUp" && empty && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#editLast();
    } else if (event.key === "Escape" && liveAnswer()) {
      event.preventDefault();
      stop();
    }
  }

  /** Edit this person's last message: take it out of the queue if it waits there, else edit it in the thread. */
  #editLast() {
    if (emit("parley:take-back-last", null)) emit("parley:edit-last", null);
  }

  #send() {
    const text = this.#text;
    const { files, refusal } = this.#attachments;
    if (!this.#filled || this.#excess() > 0 || text.disabled || refusal) return;
    if (!files.ready) {
      this.#note = files.underway ? "uploading" : "refused";
      if (!files.underway) this.#attachments.offer();
      this.#drawNote(false);
      return;
    }
    const written = text.value;
    const attachments = files.parts;
    text.value = "";
    files.clear();
    sendNext(written.replace(/\s+$/, ""), attachments);
    this.#draft.clear();
    fitBox(this.#text);
    this.#draw();
    text.focus();
  }

  /** @param {Event} event */
  #clicked(event) {
    const action = event.target instanceof Element ? event.target.closest(".composer__other [data-action]") : null;
    if (!action) return;
    answerOffer(this.#draft, action.getAttribute("data-action") === "use");
    this.#text.focus();
  }
}
