/** Offers the prompts whose names begin as the text does that is typed after a slash; what shows them is loaded when it is first wanted. */

/** @import { PromptMenu } from "./prompt_menu.js" */

export class PromptOffer {
  #text;
  /** @type {PromptMenu | null} */
  #menu = null;

  /** @param {HTMLTextAreaElement} text where they are to go */
  constructor(text) {
    this.#text = text;
  }

  /** The text has changed. */
  async typed() {
    const { value, selectionEnd } = this.#text;
    const name = /^\/([\p{L}\p{N}_-]*)$/u.exec(value.slice(0, selectionEnd));
    if (!name) return this.close();
    if (!this.#menu) {
      const { PromptMenu } = await import("./on_demand.js");
      this.#menu ??= new PromptMenu(this.#text);
    }
    if (this.#text.value.startsWith("/")) this.#menu.open(name[1] ?? "");
  }

  close() {
    this.#menu?.close();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    return this.#menu?.key(event) ?? false;
  }
}
