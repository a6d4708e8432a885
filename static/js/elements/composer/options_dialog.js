/** The dialog for the options of the model. Where a field is empty, the model's default is used. */

import { store } from "../../state/store.js";
import { chooseOptions } from "../../verbs/actions.js";
import { choosePersona, sameOptions } from "../../verbs/personas.js";
import { copyOf, find } from "../dom.js";
import { PersonaFields } from "./options_personas.js";
import { ToolFields } from "./options_tools.js";

/** @import { Options } from "../../state/types.js" */

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
  /** @type {import("../../state/types.js").Open | null} the conversation that it shows */
  #shown = null;
  #touched = false;
  #tools = new ToolFields(this.#form);
  #personas = new PersonaFields(this.#form, (options) => this.#fill(options), () => this.#read());

  constructor() {
    document.body.append(this.#dialog);
    this.#dialog.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (target === this.#dialog || target?.closest("[data-action=close]")) this.#dialog.close();
      else if (target?.closest("[data-action=clear]")) this.#clear();
    });
    this.#dialog.addEventListener("close", () => this.#opener?.focus());
    this.#form.addEventListener("input", () => (this.#touched = true));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#touched && this.#shown === store.open) this.#choose();
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
    void this.#personas.open().then(() => this.#tools.draw());
  }

  /** While it is open, somebody else may change the options, or the person may go to another conversation. */
  #changed() {
    if (!this.#dialog.open) return;
    if (this.#shown !== store.open || store.open.gone) this.#dialog.close();
    else if (!this.#touched) this.#write();
  }

  #write() {
    this.#fill(store.open.options);
    this.#touched = false;
    find(this.#form, "fieldset", HTMLFieldSetElement).disabled = store.open.role === "viewer";
  }

  /** A persona stays chosen only as long as its options are unchanged. */
  #choose() {
    const { persona } = this.#personas;
    const options = this.#read();
    if (persona && sameOptions(persona.options, options)) choosePersona(persona);
    else if (!persona && !Object.keys(options).length) choosePersona(null);
    else chooseOptions(options);
  }

  /** @param {Options} options */
  #fill({ system = "", temperature, max_tokens: maxTokens, reasoning_effort: effort, tools }) {
    this.#touched = true;
    this.#field("system").value = system;
    this.#field("temperature").value = temperature === undefined ? "" : String(temperature);
    this.#field("max_tokens").value = maxTokens === undefined ? "" : String(maxTokens);
    const level = this.#form.elements.namedItem("reasoning_effort");
    if (level instanceof RadioNodeList) level.value = effort ?? "";
    this.#tools.fill(tools);
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
      ...this.#tools.read(),
    };
  }

  #clear() {
    this.#fill({});
    const persona = this.#form.elements.namedItem("persona");
    if (persona instanceof HTMLSelectElement) persona.value = "";
    this.#field("system").focus();
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement | HTMLTextAreaElement} */ (this.#form.elements.namedItem(name));
  }
}
