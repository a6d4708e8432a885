/** The part of the options' dialog for personas: to choose one, to save the options as one, to delete one. */

import { store } from "../../state/store.js";
import { reasonOf } from "../../verbs/ask.js";
import { deletePersona, knownPersonas, listPersonas, mayChange, mayChangeTeams, savePersona } from "../../verbs/personas.js";
import { say } from "../../words/words.js";
import { find, make, write } from "../dom.js";

/** @import { Options } from "../../state/types.js" */
/** @import { Persona } from "../../verbs/personas.js" */

export class PersonaFields {
  #form;
  #fill;
  #read;

  /**
   * @param {HTMLFormElement} form
   * @param {(options: Options) => void} fill
   * @param {() => Options} read
   */
  constructor(form, fill, read) {
    this.#form = form;
    this.#fill = fill;
    this.#read = read;
    this.#select.addEventListener("change", () => this.#chosen());
    find(form, "[data-action=keep]", HTMLButtonElement).addEventListener("click", () => void this.#save());
    find(form, "[data-action=forget]", HTMLButtonElement).addEventListener("click", () => void this.#delete());
    // Enter in the name saves the persona; it does not submit the dialog.
    this.#name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      void this.#save();
    });
  }

  get #select() { return find(this.#form, "[name=persona]", HTMLSelectElement); }

  get #name() { return find(this.#form, "[name=persona_name]", HTMLInputElement); }

  /** The persona that is chosen in the dialog. @returns {Persona | null} */
  get persona() {
    return knownPersonas().find(({ id }) => id === Number(this.#select.value)) ?? null;
  }

  /** Call it when the dialog opens: it shows the known personas, then those that the server lists. */
  async open() {
    this.#draw(store.open.persona?.id ?? 0);
    find(this.#form, ".personas__keep", HTMLDetailsElement).open = false;
    await this.#do(listPersonas, this.#wanted());
  }

  /** @returns {number} */
  #wanted() {
    return Number(this.#select.value) || (store.open.persona?.id ?? 0);
  }

  #chosen() {
    const { persona } = this;
    this.#fill(persona?.options ?? {});
    this.#show();
  }

  /** @param {number} id the one to be chosen */
  #draw(id) {
    const nobody = /** @type {HTMLOptionElement} */ (make("option", "", say("No persona")));
    nobody.value = "";
    const options = knownPersonas().map((persona) => {
      const option = /** @type {HTMLOptionElement} */ (make("option", "", persona.team ? say("{name} (team)", { name: persona.name }) : persona.name));
      option.value = String(persona.id);
      return option;
    });
    this.#select.replaceChildren(nobody, ...options);
    this.#select.value = options.some(({ value }) => value === String(id)) ? String(id) : "";
    this.#show();
  }

  #show() {
    const { persona } = this;
    const mine = persona !== null && mayChange(persona);
    this.#name.value = persona?.name ?? "";
    find(this.#form, "[data-action=forget]", HTMLElement).hidden = !mine;
    find(this.#form, "[name=persona_model]", HTMLInputElement).checked = Boolean(persona?.model);
    find(this.#form, ".personas__team", HTMLElement).hidden = !mayChangeTeams() || mine;
    write(find(this.#form, ".personas__summary", HTMLElement), mine ? say("Update {name}, or save under a new name", { name: persona.name }) : say("Save as persona"));
    this.#note("");
  }

  async #save() {
    const name = this.#name.value.trim();
    if (!name) return this.#note(say("A persona needs a name."));
    const { persona } = this;
    const same = persona && mayChange(persona) && persona.name === name ? { persona: persona.id } : { team: find(this.#form, "[name=persona_team]", HTMLInputElement).checked };
    const withModel = find(this.#form, "[name=persona_model]", HTMLInputElement).checked;
    const model = (withModel && store.chosenModel) || { upstream: "", model: "" };
    const before = new Set(knownPersonas().map(({ id }) => id));
    await this.#do(() => savePersona({ name, options: this.#read(), ...model, ...same }), () => {
      const found = same.persona ?? knownPersonas().find(({ id }) => !before.has(id))?.id ?? 0;
      this.#draw(found);
      const version = knownPersonas().find(({ id }) => id === found)?.version;
      this.#note(say("Saved as version {number}.", { number: version ?? 1 }));
    });
  }

  async #delete() {
    const { persona } = this;
    if (!persona) return;
    await this.#do(() => deletePersona(persona.id), () => {
      this.#draw(0);
      this.#note(say("{name} was deleted. Its answers remain.", { name: persona.name }));
    });
  }

  /**
   * @param {() => Promise<unknown>} verb
   * @param {number | (() => void)} then which one is chosen afterwards, or what else is done
   */
  async #do(verb, then) {
    try {
      await verb();
      if (typeof then === "number") this.#draw(then);
      else then();
    } catch (refusal) {
      this.#note(reasonOf(refusal));
    }
  }

  /** @param {string} text */
  #note(text) {
    write(find(this.#form, ".personas__note", HTMLElement), text);
  }
}
