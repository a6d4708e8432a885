/** The dialog for what is asked of the model besides the messages. What is left empty is the model's own. */

import { chooseOptions } from "../actions.js";
import { store } from "../store.js";
import { copyOf, find } from "./dom.js";

/** @typedef {import("../store.js").Options} Options */

/** @type {OptionsDialog | null} */
let dialog = null;

/** @param {HTMLElement} opener where the focus goes afterwards */
export function openOptions(opener) {
  dialog ??= new OptionsDialog();
  dialog.open(opener);
}

class OptionsDialog {
  #dialog = find(copyOf("options-template"), "dialog", HTMLDialogElement);
  #form = find(this.#dialog, "form", HTMLFormElement);
  /** @type {HTMLElement | null} */
  #opener = null;
  /** @type {import("../store.js").Open | null} the conversation that it shows */
  #shown = null;
  #touched = false;

  constructor() {
    document.body.append(this.#dialog);
    this.#dialog.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (target === this.#dialog || target?.closest("[data-action=close]")) this.#dialog.close();
      else if (target?.closest("[data-action=clear]")) this.#clear();
    });
    this.#dialog.addEventListener("close", () => this.#opener?.focus());
    this.#form.addEventListener("input", () => void (this.#touched = true));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#touched && this.#shown === store.open) chooseOptions(this.#read());
      this.#dialog.close();
    });
    store.on("conversation", () => this.#changed());
  }

  /** @param {HTMLElement} opener */
  open(opener) {
    this.#opener = opener;
    this.#shown = store.open;
    this.#write();
    this.#dialog.showModal();
  }

  /** Somebody else may change them, or the person turn elsewhere, while it is open. */
  #changed() {
    if (!this.#dialog.open) return;
    if (this.#shown !== store.open || store.open.gone) this.#dialog.close();
    else if (!this.#touched) this.#write();
  }

  #write() {
    const { system = "", temperature, max_tokens: maxTokens, reasoning_effort: effort = "" } = store.open.options;
    this.#touched = false;
    this.#field("system").value = system;
    this.#field("temperature").value = temperature === undefined ? "" : String(temperature);
    this.#field("max_tokens").value = maxTokens === undefined ? "" : String(maxTokens);
    const choice = this.#form.elements.namedItem("reasoning_effort");
    if (choice instanceof RadioNodeList) choice.value = effort;
    find(this.#form, "fieldset", HTMLFieldSetElement).disabled = store.open.role === "viewer";
  }

  /** @returns {Options} */
  #read() {
    const system = this.#field("system").value.trim();
    const temperature = this.#field("temperature").value;
    const maxTokens = this.#field("max_tokens").value;
    const effort = String(new FormData(this.#form).get("reasoning_effort") ?? "");
    return {
      ...(system ? { system } : {}),
      ...(temperature ? { temperature: Number(temperature) } : {}),
      ...(maxTokens ? { max_tokens: Number(maxTokens) } : {}),
      ...(effort ? { reasoning_effort: /** @type {Options["reasoning_effort"]} */ (effort) } : {}),
    };
  }

  #clear() {
    for (const name of ["system", "temperature", "max_tokens"]) this.#field(name).value = "";
    const choice = this.#form.elements.namedItem("reasoning_effort");
    if (choice instanceof RadioNodeList) choice.value = "";
    this.#touched = true;
    this.#field("system").focus();
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement | HTMLTextAreaElement} */ (this.#form.elements.namedItem(name));
  }
}
