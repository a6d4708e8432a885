/** Offers the prompts whose names begin with the text after a slash; the menu that shows them is loaded at its first use. */

/** @import { PromptMenu } from "./prompt_menu.js" */

export class PromptOffer {
  #text;
  /** @type {PromptMenu | null} */
  #menu = null;

  /** @param {HTMLTextAreaElement} text the box into which they are inserted */
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
