/**
 * The files of a draft, or of a message that is edited, above the text: chosen, pasted or dropped, on their way, refused.
 * It reports changes by `parley:attached`; its button and its field are in the same form.
 */

import { emit } from "../../browser/events.js";
import { store } from "../../state/store.js";
import { Uploads, sendFile, takeBack } from "../../verbs/uploads.js";
import { say, sayCount, saySize } from "../../words/words.js";
import { ChatElement } from "../chat_element.js";
import { announce, arrange, find } from "../dom.js";
import { Chips, isPicture } from "./chips.js";
import { filesDropped, pastedFiles, pastedText } from "./pasted_files.js";

/** @import { FilePart } from "../../state/types.js" */

export class ChatAttachments extends ChatElement {
  /** @type {Map<string, Uploads>} of every draft that was shown: uploads go on while another draft is shown */
  #drafts = new Map();
  #name = "";
  #chips = new Chips();

  /** @param {AbortSignal} signal */
  begin(signal) {
    const form = this.#form;
    const input = find(form, ".attach__input", HTMLInputElement);
    find(form, ".attach", HTMLButtonElement).addEventListener("click", () => input.click(), { signal });
    input.addEventListener("change", () => {
      this.#add([...(input.files ?? [])].map((data) => ({ name: data.name, data })));
      input.value = "";
    }, { signal });
    document.addEventListener("paste", (event) => this.#paste(event), { signal });
    if (this.#isDraft) {
      filesDropped(find(document, ".drop", HTMLElement), () => !this.closed, (files, target) => {
        const edited = target.closest(".edit")?.querySelector("chat-attachments");
        (edited instanceof ChatAttachments ? edited : this).#add(files);
      }, signal);
    }
    this.addEventListener("click", (event) => this.#click(event), { signal });
    window.addEventListener("online", () => this.#wake(), { signal });
    store.on("connected", () => store.connected && this.#wake(), signal);
    signal.addEventListener("abort", () => this.#chips.clear());
  }

  /** Whether nothing may be attached at the moment. */
  get closed() {
    return store.open.role === "viewer" || store.open.gone;
  }

  get #form() {
    const form = this.closest("form");
    if (!form) throw new Error("files belong to a form");
    return form;
  }

  get #text() {
    return find(this.#form, "textarea", HTMLTextAreaElement);
  }

  /** Whether these are the composer's files: files that are dropped or pasted outside of any form go there. */
  get #isDraft() {
    return this.#form.classList.contains("composer");
  }

  /** @returns {Uploads} */
  get files() {
    const known = this.#drafts.get(this.#name);
    if (known) return known;
    const name = this.#name;
    const made = new Uploads(name && `files.${name}`, store.person.limits, {
      send: sendFile,
      changed: () => this.#drafts.get(this.#name) === made && this.#changed(),
      words: {
        tooLarge: (limit) => say("A file may have at most {size}.", { size: saySize(limit) }),
        failed: () => say("This file could not be uploaded."),
      },
    });
    this.#drafts.set(name, made);
    return made;
  }

  /**
   * Turn to the files of another draft.
   * @param {string} name
   * @param {boolean} carried the draft itself has been given another name
   */
  show(name, carried) {
    const before = this.#drafts.get(this.#name);
    if (carried && before?.items.length) {
      this.#drafts.delete(this.#name);
      this.#drafts.set(name, before);
      before.rename(`files.${name}`);
    }
    this.#name = name;
    this.#changed();
  }

  /** Begin with the files of a message that is edited. @param {FilePart[]} parts */
  edit(parts) {
    this.files.put(parts);
  }

  /** Why these files cannot go to the chosen model; "" where they can. */
  get refusal() {
    const chosen = store.chosenModel;
    const known = store.models.known.find(({ upstream, model }) => upstream === chosen?.upstream && model === chosen.model);
    if (!known || known.images || !this.files.items.some(isPicture)) return "";
    return say("{model} does not accept pictures. Choose another model, or remove the picture.", { model: known.model });
  }

  /** @param {{name: string, data: Blob, text?: string}[]} added */
  #add(added) {
    if (!added.length || this.closed) return;
    const excess = this.files.add(added);
    const most = store.person.limits.max_attachments;
    if (excess) this.#say(sayCount("A message takes at most {count} file.", "A message takes at most {count} files.", most));
    this.#text.focus();
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const target = event.target instanceof Element ? event.target : null;
    const isField = target?.matches("input, textarea, [contenteditable]") ?? false;
    const isOurs = isField ? target === this.#text : this.#isDraft && !target?.closest("dialog");
    if (this.closed || event.defaultPrevented || !isOurs) return;
    const files = pastedFiles(event.clipboardData);
    const text = files.length || !isField ? null : pastedText(event.clipboardData);
    if (!files.length && text === null) return;
    event.preventDefault();
    if (text !== null) this.#add([{ name: say("Pasted text.txt"), data: new Blob([text], { type: "text/plain" }), text }]);
    else this.#add(files);
  }

  #wake() {
    for (const files of this.#drafts.values()) files.wake();
  }

  #changed() {
    const { items } = this.files;
    this.hidden = items.length === 0;
    arrange(this, this.#chips.draw(items));
    this.#chips.tell(items);
    emit("parley:attached", "", this);
  }

  /** @param {Event} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    const key = button?.closest(".chip")?.getAttribute("data-key");
    if (!button || !key) return;
    const action = button.getAttribute("data-action");
    if (action === "retry") {
      this.files.retry(key);
      return;
    }
    const removed = this.files.remove(key);
    if (removed?.part && this.#isDraft) takeBack(removed.part.id);
    const text = this.#text;
    text.focus();
    if (action === "text" && removed?.text) insert(text, removed.text);
    else if (removed) announce(say("{name} was removed.", { name: removed.name }));
  }

  /** @param {string} words */
  #say(words) {
    emit("parley:attached", words, this);
  }
}

/** Say why a message waits for its files. @param {Uploads} files */
export function sayWait(files) {
  if (files.underway) return say("Your message will be sent as soon as its files are uploaded.");
  return say("A file could not be uploaded. Try again, or remove the file.");
}

/** Insert a text as if it had been typed, so that undo removes it. @param {HTMLTextAreaElement} field @param {string} text */
function insert(field, text) {
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
