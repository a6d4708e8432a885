/** The dialog where prompts are made, changed and deleted; administrators make those of the team. */

import { toast } from "../../browser/toast.js";
import { reasonOf } from "../../verbs/ask.js";
import { deletePrompt, knownPrompts, listPrompts, mayChangeTeams, savePrompt } from "../../verbs/prompts.js";
import { say } from "../../words/words.js";
import { copyOf, find, make, write } from "../dom.js";

/** @import { Prompt } from "../../verbs/prompts.js" */

/** @type {PromptsDialog | null} */
let dialog = null;

export function openPrompts() {
  dialog ??= new PromptsDialog();
  dialog.open();
}

class PromptsDialog {
  #dialog = find(copyOf("prompts-dialog-template"), "dialog", HTMLDialogElement);
  /** @type {Prompt | null} the one in the form; null for a new one */
  #edited = null;

  constructor() {
    document.body.append(this.#dialog);
    this.#dialog.addEventListener("click", (event) => this.#click(event));
    this.#dialog.addEventListener("close", () => document.getElementById("composer-text")?.focus());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#do(() => savePrompt(this.#written()));
    });
  }

  get #form() { return find(this.#dialog, "form", HTMLFormElement); }

  get #name() { return find(this.#dialog, ".prompt-form__name", HTMLInputElement); }

  get #text() { return find(this.#dialog, ".prompt-form__text", HTMLTextAreaElement); }

  get #team() { return find(this.#dialog, ".prompt-form__team input", HTMLInputElement); }

  open() {
    this.#edit(null);
    this.#draw();
    this.#dialog.showModal();
    void this.#do(listPrompts, false);
  }

  #draw() {
    const rows = knownPrompts().map((prompt) => this.#row(prompt));
    const none = make("p", "prompts__none", say("A prompt is a text that you use often: type / and its name to insert it. Write your first one."));
    find(this.#dialog, ".prompt-list", HTMLElement).replaceChildren(...(rows.length ? rows : [none]));
  }

  /** @param {Prompt} prompt */
  #row(prompt) {
    const row = find(copyOf("prompt-row-template"), ".prompt", HTMLElement);
    row.dataset.id = String(prompt.id);
    write(find(row, ".prompt__name", HTMLElement), `/${prompt.name}`);
    write(find(row, ".prompt__text", HTMLElement), prompt.text.replace(/\s+/g, " ").slice(0, 200));
    find(row, ".prompts__team", HTMLElement).hidden = !prompt.team;
    const mine = !prompt.team || mayChangeTeams();
    for (const [action, label] of /** @type {const} */ ([["edit", say("Change {name}", { name: `/${prompt.name}` })], ["delete", say("Delete {name}", { name: `/${prompt.name}` })]])) {
      const button = find(row, `[data-action=${action}]`, HTMLButtonElement);
      button.hidden = !mine;
      button.title = label;
      button.setAttribute("aria-label", label);
    }
    return row;
  }

  /** @param {Event} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (target === this.#dialog || target?.closest("[data-action=close]")) return this.#dialog.close();
    if (target?.closest("[data-action=new]")) return this.#edit(null);
    const id = Number(target?.closest(".prompt")?.getAttribute("data-id"));
    const prompt = knownPrompts().find((one) => one.id === id);
    if (prompt && target?.closest("[data-action=edit]")) this.#edit(prompt);
    else if (prompt && target?.closest("[data-action=delete]")) void this.#delete(prompt);
  }

  /** @param {Prompt | null} prompt */
  #edit(prompt) {
    this.#edited = prompt;
    this.#name.value = prompt?.name ?? "";
    this.#text.value = prompt?.text ?? "";
    this.#team.checked = prompt?.team ?? false;
    find(this.#dialog, ".prompt-form__team", HTMLElement).hidden = !mayChangeTeams() || prompt !== null;
    find(this.#dialog, "[data-action=new]", HTMLElement).hidden = prompt === null;
    write(find(this.#dialog, ".prompt-form__legend", HTMLElement), prompt ? say("Change {name}", { name: `/${prompt.name}` }) : say("New prompt"));
    this.#note("");
    this.#name.focus();
  }

  #written() {
    const fields = { name: this.#name.value.trim().replace(/^\//, ""), text: this.#text.value };
    return this.#edited ? { ...fields, prompt: this.#edited.id } : { ...fields, team: this.#team.checked };
  }

  /** @param {Prompt} prompt */
  async #delete(prompt) {
    await this.#do(() => deletePrompt(prompt.id));
    const { name, text, team } = prompt;
    // The open dialog covers the toast, which can be used afterwards.
    if (!knownPrompts().some(({ id }) => id === prompt.id)) {
      toast(say("{name} was deleted.", { name: `/${name}` }), () => void savePrompt({ name, text, team }).catch(() => {}));
    }
  }

  /** @param {() => Promise<Prompt[]>} verb @param {boolean} [change] whether it changes something: then the form is emptied */
  async #do(verb, change = true) {
    try {
      await verb();
      this.#draw();
      if (change || !(this.#name.value || this.#text.value)) this.#edit(null);
    } catch (refusal) {
      this.#note(reasonOf(refusal));
    }
  }

  /** @param {string} text */
  #note(text) {
    write(find(this.#dialog, ".prompt-form__note", HTMLElement), text);
  }
}
