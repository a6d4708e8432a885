/** The list of prompts that opens above the composer after a slash; Tab goes through the blanks. */

import { toast } from "../../browser/toast.js";
import { reasonOf } from "../../verbs/ask.js";
import { knownOffers, knownPrompts, listPrompts, matching, matchingOffers, nextBlank, takeOffer } from "../../verbs/prompts.js";
import { say } from "../../words/words.js";
import { copyOf, find, make } from "../dom.js";
import { ChatAttachments } from "./chat_attachments.js";
import { askForValues } from "./offer_dialog.js";
import { openPrompts } from "./prompts_dialog.js";

/** @import { Offer, Prompt } from "../../verbs/prompts.js" */

export class PromptMenu {
  #text;
  #menu;
  #list;
  #query = "";
  #open = false;
  #asked = false;
  #filling = false;
  #active = 0;
  /** @type {(Prompt | Offer)[]} */
  #shown = [];

  /** @param {HTMLTextAreaElement} text of the composer */
  constructor(text) {
    this.#text = text;
    const menu = find(copyOf("prompts-template"), ".prompts", HTMLElement);
    text.form?.before(menu);
    this.#menu = menu;
    this.#list = find(menu, ".prompts__list", HTMLElement);
    // The focus stays in the text, where the word after the slash is written.
    menu.addEventListener("pointerdown", (event) => event.preventDefault());
    menu.addEventListener("click", (event) => this.#click(event));
  }

  /** @param {string} query what is written after the slash */
  open(query) {
    if (!this.#open) {
      this.#asked = false;
      this.#active = 0;
      void listPrompts().catch(() => []).finally(() => {
        this.#asked = true;
        if (this.#open) this.#draw();
      });
    }
    if (query !== this.#query) this.#active = 0;
    this.#query = query;
    this.#open = true;
    this.#draw();
  }

  close() {
    if (!this.#open) return;
    this.#open = false;
    this.#menu.hidden = true;
    this.#text.removeAttribute("aria-activedescendant");
    this.#text.removeAttribute("aria-controls");
  }

  /**
   * @param {KeyboardEvent} event in the composer
   * @returns {boolean} whether it was for this list
   */
  key(event) {
    if (event.key === "Tab" && !this.#open) return this.#fillNext(event);
    if (!this.#open || event.ctrlKey || event.metaKey || event.altKey) return false;
    const last = this.#shown.length - 1;
    if (event.key === "ArrowDown") this.#active = this.#active >= last ? 0 : this.#active + 1;
    else if (event.key === "ArrowUp") this.#active = this.#active <= 0 ? Math.max(0, last) : this.#active - 1;
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) {
      const prompt = this.#shown[this.#active];
      if (!prompt) return false;
      this.#choose(prompt);
    } else return false;
    event.preventDefault();
    if (this.#open) this.#draw();
    return true;
  }

  #draw() {
    this.#shown = [...matching(knownPrompts(), this.#query), ...matchingOffers(knownOffers(), this.#query)];
    this.#active = Math.min(this.#active, Math.max(0, this.#shown.length - 1));
    this.#list.replaceChildren(...this.#shown.map((prompt, index) => this.#option(prompt, index)));
    const none = find(this.#menu, ".prompts__none", HTMLElement);
    const known = knownPrompts();
    none.hidden = this.#shown.length > 0 || (!this.#asked && !known.length);
    none.textContent = known.length ? say("No matching prompt.") : say("A prompt is a text that you use often: type / and its name to insert it. Write your first one.");
    // A text that begins with a slash but names no prompt is an ordinary message.
    this.#menu.hidden = !this.#shown.length && this.#query !== "";
    this.#text.setAttribute("aria-controls", "prompts-list");
    if (this.#shown.length) this.#text.setAttribute("aria-activedescendant", `prompt-${this.#active}`);
    else this.#text.removeAttribute("aria-activedescendant");
    this.#list.children[this.#active]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Prompt | Offer} shown @param {number} index */
  #option(shown, index) {
    const option = make("div", "prompts__option");
    option.id = `prompt-${index}`;
    option.dataset.index = String(index);
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(index === this.#active));
    if ("server" in shown) {
      const name = shown.kind === "prompt" ? `/${shown.title}` : shown.title;
      option.append(make("bdi", "prompts__name", name), make("span", "prompts__text", shown.description));
      if (shown.kind === "resource") option.append(make("span", "prompts__team", say("attach")));
      option.append(make("bdi", "prompts__team", shown.server_name));
      return option;
    }
    option.append(make("bdi", "prompts__name", `/${shown.name}`), make("span", "prompts__text", shown.text.replace(/\s+/g, " ").slice(0, 200)));
    if (shown.team) option.append(make("span", "prompts__team", say("team")));
    return option;
  }

  /** @param {Event} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const prompt = this.#shown[Number(target?.closest("[role=option]")?.getAttribute("data-index") ?? -1)];
    if (prompt) this.#choose(prompt);
    else if (target?.closest("[data-action=manage]")) this.#manage();
  }

  #manage() {
    this.close();
    // The slash and the name were typed only to open the list.
    this.#text.value = "";
    this.#text.dispatchEvent(new Event("input", { bubbles: true }));
    openPrompts();
  }

  /** @param {Prompt | Offer} chosen */
  #choose(chosen) {
    this.close();
    if ("server" in chosen) void this.#take(chosen);
    else {
      this.#insert(chosen.text);
      this.#filling = nextBlank(chosen.text, 0) !== null;
      this.#select(0);
    }
  }

  /** Insert what a server gives: the text of its prompt, the files of its resource. @param {Offer} offer */
  async #take(offer) {
    const files = this.#text.form?.querySelector("chat-attachments");
    this.#insert("");
    const values = offer.arguments.length ? await askForValues(offer) : {};
    this.#text.focus();
    if (!values) return;
    try {
      const { text, attachments, notes } = await takeOffer(offer, values);
      if (text) this.#insert(text);
      if (files instanceof ChatAttachments) files.put(attachments);
      if (notes.length) toast(notes.join(" "));
    } catch (error) {
      toast(reasonOf(error));
    }
  }

  /** Put this in place of the slash and the name. @param {string} inserted */
  #insert(inserted) {
    const text = this.#text;
    const end = text.value.startsWith("/") ? text.selectionEnd : 0;
    const rest = text.value.slice(end).trimStart();
    text.value = rest && inserted ? `${inserted} ${rest}` : inserted || rest;
    text.setSelectionRange(inserted.length, inserted.length);
    // Whatever reacts to typing must react to this, too.
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  #fillNext(event) {
    if (!this.#filling || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
    this.#filling = this.#select(this.#text.selectionEnd);
    if (this.#filling) event.preventDefault();
    return this.#filling;
  }

  /** @param {number} from */
  #select(from) {
    const blank = nextBlank(this.#text.value, from);
    if (blank) this.#text.setSelectionRange(...blank);
    return blank !== null;
  }
}
