/**
 * The files of a draft, or of a message that is edited, above the text: chosen, pasted or dropped, on their way, refused.
 * It reports changes by `parley:attached`; its button and its field are in the same form.
 */

import { emit } from "../../browser/events.js";
import { store } from "../../state/store.js";
import { Uploads, readAgain, sendFile, takeBack } from "../../verbs/uploads.js";
import { say, sayCount, saySize } from "../../words/words.js";
import { ChatElement } from "../chat_element.js";
import { announce, arrange, copyOf, find } from "../dom.js";
import { Chips, isOnlyPictures } from "./chips.js";
import { filesDropped, hasWords, pastedFiles, pastedText } from "./pasted_files.js";

/** @import { FilePart } from "../../state/types.js" */

export class ChatAttachments extends ChatElement {
  /** @type {Map<string, Uploads>} of every draft that was shown: uploads go on while another draft is shown */
  #drafts = new Map();
  #name = "";
  #chips = new Chips();
  /** Whether somebody tried to send a message with a refused file. */
  #offers = false;
  /** @type {HTMLButtonElement | null} */
  #without = null;

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
    this.addEventListener("change", (event) => void this.#recode(event), { signal });
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
      recode: readAgain,
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

  /** Add files that the server has already. @param {FilePart[]} parts */
  put(parts) {
    this.files.put(parts);
  }

  /** Begin with the files of a message that is edited. @param {FilePart[]} parts */
  edit(parts) {
    this.files.put(parts);
  }

  /** Why these files cannot go to the chosen model; "" where they can. */
  get refusal() {
    const chosen = store.chosenModel;
    const known = store.models.known.find(({ upstream, model }) => upstream === chosen?.upstream && model === chosen.model);
    if (!known || known.images || !this.files.items.some(isOnlyPictures)) return "";
    return say("{model} does not accept pictures. Choose another model, or remove the picture.", { model: known.model });
  }

  /** @param {{name: string, data: Blob, text?: string}[]} added */
  #add(added) {
    if (!added.length || this.closed) return;
    const excess = this.files.add(added);
    const most = store.person.limits.max_attachments;
    this.#offers = false;
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
    const text = isField ? pastedText(event.clipboardData) : null;
    const added = text === null ? files : [{ name: say("Pasted text.txt"), data: new Blob([text], { type: "text/plain" }), text }, ...files];
    // A short text beside a picture is pasted by the browser.
    if (text !== null || (added.length && !hasWords(event.clipboardData))) event.preventDefault();
    this.#add(added);
  }

  #wake() {
    for (const files of this.#drafts.values()) files.wake();
  }

  #changed() {
    const { items } = this.files;
    this.hidden = items.length === 0;
    const refused = items.filter(({ state }) => state === "refused").length;
    this.#offers &&= refused > 0;
    arrange(this, [...this.#chips.draw(items), ...(this.#offers ? [this.#drawWithout(refused)] : [])]);
    this.#chips.tell(items);
    emit("parley:attached", "", this);
  }

  /** @param {Event} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    if (button && button === this.#without) {
      this.files.dropRefused();
      this.#form.requestSubmit();
      return;
    }
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

  /** Offer to send the message without the files that were refused. */
  offer() {
    this.#offers = true;
    this.#changed();
    this.#without?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** @param {number} count how many files are refused */
  #drawWithout(count) {
    this.#without ??= find(copyOf("without-template"), ".attachments__without", HTMLButtonElement);
    this.#without.textContent = sayCount("Send without it", "Send without them", count);
    return this.#without;
  }

  /** @param {Event} event */
  async #recode(event) {
    const select = event.target instanceof HTMLSelectElement ? event.target : null;
    const key = select?.closest(".chip")?.getAttribute("data-key");
    if (!select || !key) return;
    const wrong = await this.files.recode(key, select.value);
    if (wrong) this.#say(wrong);
    else announce(say("Read again as {encoding}.", { encoding: select.selectedOptions[0]?.text ?? "" }));
  }

  /** @param {string} words */
  #say(words) {
    emit("parley:attached", words, this);
  }
}

/** Say why a message waits for its files. @param {Uploads} files */
export function sayWait(files) {
  if (files.underway) return say("Your message will be sent as soon as its files are uploaded.");
  return say("A file cannot be sent. Remove it, or send the message without it.");
}

/** Insert a text as if it had been typed, so that undo removes it. @param {HTMLTextAreaElement} field @param {string} text */
function insert(field, text) {
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
