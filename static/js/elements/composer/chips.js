/** Draws the files of a draft: a chip for each, with its state and its buttons. */

import { store } from "../../state/store.js";
import { contentWords } from "../../words/files.js";
import { say, saySize } from "../../words/words.js";
import { announce, copyOf, find, write } from "../dom.js";

/** @import { Upload } from "../../verbs/uploads.js" */

export class Chips {
  /** @type {Map<string, HTMLElement>} */
  #nodes = new Map();
  /** @type {Map<string, string>} addresses of pictures that are still on their way */
  #previews = new Map();

  /** @param {Upload[]} items @returns {HTMLElement[]} */
  draw(items) {
    for (const key of this.#nodes.keys()) if (!items.some((item) => item.key === key)) this.#forget(key);
    return items.map((item) => this.#draw(item));
  }

  clear() {
    this.draw([]);
  }

  /** Announce each refused file once, and scroll its chip into view where the row is longer than its box. @param {Upload[]} items */
  tell(items) {
    for (const { key, name, state, error } of items) {
      const chip = this.#nodes.get(key);
      if (state !== "refused" || !chip || chip.dataset.told === error) continue;
      chip.dataset.told = error;
      chip.scrollIntoView({ block: "nearest", inline: "nearest" });
      announce(`${name}: ${error}`);
    }
  }

  /** @param {string} key */
  #forget(key) {
    const preview = this.#previews.get(key);
    if (preview) URL.revokeObjectURL(preview);
    this.#previews.delete(key);
    this.#nodes.delete(key);
  }

  /** @param {Upload} item */
  #draw(item) {
    const chip = this.#nodes.get(item.key) ?? find(copyOf("chip-template"), ".chip", HTMLElement);
    this.#nodes.set(item.key, chip);
    chip.dataset.key = item.key;
    chip.dataset.state = item.state;
    chip.classList.toggle("chip--picture", isPicture(item));
    this.#drawPicture(chip, item);
    write(find(chip, ".chip__name", HTMLElement), item.name);
    chip.title = item.name;
    chip.setAttribute("aria-label", item.name);
    write(find(chip, ".chip__state", HTMLElement), stateWords(item));
    this.#drawEncoding(chip, item);
    const bar = find(chip, "progress", HTMLProgressElement);
    bar.hidden = item.state !== "sending";
    bar.value = item.progress;
    bar.setAttribute("aria-label", item.name);
    find(chip, "[data-action=retry]", HTMLButtonElement).hidden = item.state !== "refused" || !item.data;
    find(chip, "[data-action=text]", HTMLButtonElement).hidden = item.text === null;
    find(chip, "[data-action=remove]", HTMLButtonElement).setAttribute("aria-label", say("Remove {name}", { name: item.name }));
    return chip;
  }

  /** The assumed encoding in place of the size, so that it is seen and can be changed. @param {HTMLElement} chip @param {Upload} item */
  #drawEncoding(chip, item) {
    const select = find(chip, ".chip__encoding", HTMLSelectElement);
    const encoding = item.part?.encoding ?? "";
    const known = [...select.options].some(({ value }) => value === encoding);
    select.hidden = !known || !item.changeable || item.state !== "there";
    find(chip, ".chip__state", HTMLElement).hidden = !select.hidden && !item.note;
    if (select.hidden) return;
    select.value = encoding;
    select.setAttribute("aria-label", say("Encoding of {name}", { name: item.name }));
  }

  /** @param {HTMLElement} chip @param {Upload} item */
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
}

/** @param {{part: {kind: string} | null, data: Blob | null}} item */
export const isPicture = ({ part, data }) => (part ? part.kind === "image" : /^image\/(?!svg)/.test(data?.type ?? ""));

/** Whether only a model that takes pictures has anything of it. @param {Upload} item */
export const isOnlyPictures = (item) => isPicture(item) || item.part?.is_scan === true;

/** @param {Upload} item */
function stateWords({ state, error, note, size_bytes, part }) {
  if (state === "refused") return error;
  if (state === "waiting") return store.connected ? say("Waiting") : say("Waiting for the connection");
  if (state === "reading") return say("Reading");
  return note || (part ? contentWords(part) : saySize(size_bytes));
}
