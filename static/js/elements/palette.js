/** One box for everything: conversations by their titles, what can be done, and what messages say. */

import { shownKeys } from "../browser/keys.js";
import { keysFor, shortcuts } from "../browser/shortcuts.js";
import { rank } from "../state/fuzzy.js";
import { store } from "../state/store.js";
import { go } from "../verbs/navigation.js";
import { rememberOpened, Searching } from "../verbs/searching.js";
import { say } from "../words/words.js";
import { keyboard, leaveWhenClosed } from "./dialog.js";
import { announce, make, write } from "./dom.js";
import { linesOf } from "./search_hit.js";

/** @import { Hit, Results } from "../verbs/searching.js" */
/** @typedef {{nodes: Node[], run: () => void}} Option `run` is called when the palette has closed and the focus is back */
/** @typedef {{name: string, options: Option[]}} Group */

/** This many fit a low window without scrolling. */
const MOST_CONVERSATIONS = 6;
const MOST_ACTIONS = 7;
const MOST_HITS = 8;
/** Actions that only make sense where the focus is, or that close something. */
const NOT_LISTED = /^(palette$|message\.|drawer\.|undo$|composer$)/;

/** @type {Palette | null} */
let open = null;

/** The keys that open it close it, too. */
export function togglePalette() {
  if (open) open.dialog.close();
  else {
    open = new Palette();
    open.dialog.addEventListener("close", () => (open = null));
  }
}

class Palette {
  dialog = make("dialog", "dialog palette");
  #field = make("input", "palette__query");
  #list = make("div", "palette__list");
  #none = make("p", "palette__none");
  #searching = new Searching((results) => this.#found(results));
  /** @type {Results | null} */
  #results = null;
  /** @type {Option[]} */
  #options = [];
  #active = 0;

  constructor() {
    const { dialog } = this;
    dialog.setAttribute("aria-label", say("Command palette"));
    this.#list.id = "palette-list";
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", say("Results"));
    const attributes = {
      type: "text", role: "combobox", placeholder: say("Search conversations and actions"), autocomplete: "off", spellcheck: "false", enterkeyhint: "go",
      "aria-label": say("Command palette"), "aria-controls": this.#list.id, "aria-expanded": "true", "aria-autocomplete": "list",
    };
    for (const [name, value] of Object.entries(attributes)) this.#field.setAttribute(name, value);
    this.#field.addEventListener("input", () => this.#typed());
    dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", (event) => this.#choose(indexOf(event.target)));
    this.#list.addEventListener("pointermove", (event) => this.#activate(indexOf(event.target)));
    this.#none.setAttribute("role", "status");
    dialog.append(this.#field, this.#list, this.#none);
    leaveWhenClosed(dialog);
    dialog.addEventListener("close", () => this.#searching.type(""));
    document.body.append(dialog);
    // The possible actions are collected before the dialog opens, because an open dialog rules many out.
    this.actions = shortcuts().filter(({ id, when }) => !NOT_LISTED.test(id) && when?.("Mod+") !== false);
    dialog.showModal();
    this.#draw();
  }

  #typed() {
    this.#active = 0;
    this.#results = null;
    this.#searching.type(this.#field.value);
    this.#draw();
  }

  /** @param {Results | null} results */
  #found(results) {
    this.#results = results;
    this.#draw();
  }

  #draw() {
    const query = this.#field.value.trim();
    const groups = [...this.#named(query), ...this.#written(query)].filter(({ options }) => options.length);
    this.#options = groups.flatMap(({ options }) => options);
    let index = 0;
    this.#list.replaceChildren(...groups.map(({ name, options }) => {
      const group = make("div", "palette__group");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", name);
      const head = make("div", "palette__name", name);
      head.setAttribute("aria-hidden", "true");
      group.append(head, ...options.map((option) => optionNode(option, index++)));
      return group;
    }));
    this.#active = Math.min(this.#active, Math.max(0, this.#options.length - 1));
    this.#mark();
    this.#none.hidden = this.#options.length > 0;
    write(this.#none, this.#options.length ? "" : say("Nothing found."));
  }

  /**
   * What has a name: conversations and actions, that group first in which the rank fit is.
   * @param {string} query
   * @returns {Group[]}
   */
  #named(query) {
    const recent = [...store.list.items.values()]
      .filter(({ id }) => query || id !== store.open.id)
      .sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
    const conversations = rank(recent, ({ title }) => title || say("New conversation"), query).slice(0, MOST_CONVERSATIONS);
    const actions = rank(this.actions, ({ label }) => label, query).slice(0, query ? MOST_ACTIONS : undefined);
    const groups = [
      { score: conversations[0]?.fit.score ?? 0, name: say("Conversations"), options: conversations.map(({ entry, fit }) => ({
        nodes: [lettered(entry.title || say("New conversation"), fit.offsets)], run: () => go(entry.id),
      })) },
      { score: actions[0]?.fit.score ?? 0, name: say("Actions"), options: actions.map(({ entry, fit }) => ({
        nodes: [lettered(entry.label, fit.offsets), ...keysFor(entry).slice(0, 1).map((keys) => keyboard(keys, shownKeys(keys)))],
        run: () => void entry.run(),
      })) },
    ];
    return query ? groups.sort((a, b) => b.score - a.score) : groups;
  }

  /** What messages say, if the server's answer belongs to this query. @param {string} query @returns {Group[]} */
  #written(query) {
    if (!query || this.#results?.query.trim() !== query) return [];
    const hits = this.#results.items.filter((hit) => hit.message !== null || !store.list.items.has(hit.conversation));
    return [{ name: say("In messages"), options: hits.slice(0, MOST_HITS).map((hit) => ({ nodes: linesOf(hit), run: () => openHit(hit) })) }];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const last = this.#options.length - 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: this.#active < last ? this.#active + 1 : 0, ArrowUp: this.#active > 0 ? this.#active - 1 : last };
    const index = moves[event.key];
    if (index !== undefined && last >= 0) this.#activate(index);
    else if (event.key === "Enter") this.#choose(this.#active);
    else return;
    event.preventDefault();
    this.#list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  #activate(index) {
    if (index < 0 || index === this.#active) return;
    this.#active = index;
    this.#mark();
  }

  #mark() {
    for (const option of this.#list.querySelectorAll("[role=option]")) {
      option.setAttribute("aria-selected", String(indexOf(option) === this.#active));
    }
    if (this.#options.length) this.#field.setAttribute("aria-activedescendant", `palette-${this.#active}`);
    else this.#field.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  #choose(index) {
    const option = this.#options[index];
    if (!option) return;
    this.dialog.close();
    announce("");
    // Closing gives the focus back in a later task.
    setTimeout(option.run);
  }
}

/** @param {Hit} hit */
function openHit(hit) {
  rememberOpened(hit);
  go(hit.conversation, hit.message);
}

/** @param {Option} option @param {number} index */
function optionNode({ nodes }, index) {
  const node = make("div", "palette__option");
  node.id = `palette-${index}`;
  node.dataset.index = String(index);
  node.setAttribute("role", "option");
  node.append(...nodes);
  return node;
}

/** @param {EventTarget | null} target */
function indexOf(target) {
  const option = target instanceof Element ? target.closest("[data-index]") : null;
  return option instanceof HTMLElement ? Number(option.dataset.index) : -1;
}

/** A name with the letters that were typed. @param {string} name @param {number[]} offsets */
function lettered(name, offsets) {
  const typed = new Set(offsets);
  const node = make("bdi", "palette__label");
  let at = 0;
  while (at < name.length) {
    const isTyped = typed.has(at);
    let end = at + 1;
    while (end < name.length && typed.has(end) === isTyped) end += 1;
    const text = name.slice(at, end);
    node.append(isTyped ? make("b", "palette__typed", text) : document.createTextNode(text));
    at = end;
  }
  return node;
}
