/**
 * The files of a draft, or of a message that is written anew, above the text: chosen, pasted or dropped, on their way,
 * refused. It speaks by `parley:attached`; its button and its field are in the same form.
 */

import { emit } from "../../browser/events.js";
import { store } from "../../state/store.js";
import { Uploads, sendFile, takeBack } from "../../verbs/uploads.js";
import { say, sayCount, saySize } from "../../words/words.js";
import { announce, arrange, copyOf, find, write } from "../dom.js";
import { filesDropped, pastedFiles, pastedText } from "./incoming.js";

/** @import { FilePart } from "../../state/types.js" */
/** @import { Upload } from "../../verbs/uploads.js" */

export class ChatAttachments extends HTMLElement {
  /** @type {Map<string, Uploads>} of every draft that was shown: what is on its way goes on behind another one */
  #drafts = new Map();
  #name = "";
  /** @type {Map<string, HTMLElement>} */
  #chips = new Map();
  /** @type {Map<string, string>} addresses of pictures that are still on their way */
  #previews = new Map();
  #ending = new AbortController();

  connectedCallback() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
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
    const ends = [store.on("connected", () => store.connected && this.#wake())];
    signal.addEventListener("abort", () => ends.forEach((end) => end()));
  }

  disconnectedCallback() {
    for (const key of this.#previews.keys()) this.#forget(key);
    this.#ending.abort();
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

  /** The composer's: what comes without a place of its own comes here. */
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
   * @param {boolean} carried the draft itself has got another name
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

  /** Begin with the files of a message that is written anew. @param {FilePart[]} parts */
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
    const isHere = isField ? target === this.#text : this.#isDraft && !target?.closest("dialog");
    if (this.closed || event.defaultPrevented || !isHere) return;
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
    const chips = items.map((item) => this.#chip(item));
    for (const key of this.#chips.keys()) if (!items.some((item) => item.key === key)) this.#forget(key);
    arrange(this, chips);
    for (const item of items) if (item.state === "refused") this.#tellRefused(item);
    emit("parley:attached", "", this);
  }

  /** Said once, and seen also where the row of chips goes on beyond the edge. @param {Upload} item */
  #tellRefused({ key, name, error }) {
    const chip = this.#chips.get(key);
    if (!chip || chip.dataset.told === error) return;
    chip.dataset.told = error;
    chip.scrollIntoView({ block: "nearest", inline: "nearest" });
    announce(`${name}: ${error}`);
  }

  /** @param {string} key */
  #forget(key) {
    const preview = this.#previews.get(key);
    if (preview) URL.revokeObjectURL(preview);
    this.#previews.delete(key);
    this.#chips.delete(key);
  }

  /** @param {Upload} item */
  #chip(item) {
    const chip = this.#chips.get(item.key) ?? find(copyOf("chip-template"), ".chip", HTMLElement);
    this.#chips.set(item.key, chip);
    chip.dataset.key = item.key;
    chip.dataset.state = item.state;
    chip.classList.toggle("chip--picture", isPicture(item));
    this.#drawPicture(chip, item);
    write(find(chip, ".chip__name", HTMLElement), item.name);
    chip.title = item.name;
    chip.setAttribute("aria-label", item.name);
    const words = stateWords(item);
    write(find(chip, ".chip__state", HTMLElement), words);
    const bar = find(chip, "progress", HTMLProgressElement);
    bar.hidden = item.state !== "sending";
    bar.value = item.progress;
    bar.setAttribute("aria-label", item.name);
    find(chip, "[data-action=retry]", HTMLButtonElement).hidden = item.state !== "refused" || !item.data;
    find(chip, "[data-action=text]", HTMLButtonElement).hidden = item.text === null;
    find(chip, "[data-action=remove]", HTMLButtonElement).setAttribute("aria-label", say("Remove {name}", { name: item.name }));
    return chip;
  }

  /**
   * @param {HTMLElement} chip
   * @param {Upload} item
   */
  #drawPicture(chip, item) {
    const image = find(chip, ".chip__picture", HTMLImageElement);
    image.hidden = !isPicture(item) || (!item.part && !item.data);
    if (image.hidden || image.getAttribute("src")) return;
    if (item.part) image.src = `/files/${item.part.id}/small/`;
    else if (item.data) {
      const preview = URL.createObjectURL(item.data);
      this.#previews.set(item.key, preview);
      image.src = preview;
    }
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

/**
 * Why a message waits for its files.
 * @param {Uploads} files
 */
export function waitWords(files) {
  if (files.underway) return say("Your message will be sent as soon as its files are uploaded.");
  return say("A file could not be uploaded. Try again, or remove the file.");
}

/** @param {{part: {kind: string} | null, data: Blob | null}} item */
const isPicture = ({ part, data }) => (part ? part.kind === "image" : /^image\/(?!svg)/.test(data?.type ?? ""));

/** @param {Upload} item */
function stateWords({ state, error, note, size_bytes }) {
  if (state === "refused") return error;
  if (state === "waiting") return store.connected ? say("Waiting") : say("Waiting for the connection");
  if (state === "reading") return say("Reading");
  return note || saySize(size_bytes);
}

/**
 * As if it had been typed, so that undo takes it back.
 * @param {HTMLTextAreaElement} field
 * @param {string} text
 */
function insert(field, text) {
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
