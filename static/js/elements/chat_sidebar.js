/** The list of conversations, newest first under headings of time. On a narrow window it is a drawer. */

import { ask } from "../actions.js";
import { store } from "../store.js";
import { say } from "../words.js";
import { arrange, copyOf, find, make, paintAvatar, placeAbove, write } from "./dom.js";

/** @typedef {import("../store.js").Listed} Listed */

const DAY_MS = 86_400_000;

export class ChatSidebar extends HTMLElement {
  /** @type {Map<string, HTMLElement>} entries by conversation */
  #entries = new Map();
  /** @type {Map<string, HTMLElement>} headings by their words */
  #headings = new Map();
  /** @type {(() => void)[]} */
  #ends = [];
  #drawn = false;

  connectedCallback() {
    this.#adopt();
    for (const avatar of this.querySelectorAll("[data-name]")) {
      if (avatar instanceof HTMLElement) paintAvatar(avatar, avatar.dataset.name ?? "");
    }
    const ending = new AbortController();
    const { signal } = ending;
    const query = find(this, ".sidebar__query", HTMLInputElement);
    query.addEventListener("input", () => this.#draw(), { signal });
    query.addEventListener("keydown", (event) => this.#keyInSearch(event, query), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#keyInList(event), { signal });
    const menu = find(this, "#account-menu", HTMLElement);
    menu.addEventListener("toggle", () => placeAbove(menu, find(this, ".sidebar__person", HTMLElement), "start"), { signal });
    this.#ends = [() => ending.abort(), store.on("list", () => this.#drawSoon())];
    // At midnight "today" becomes "yesterday".
    const clock = setInterval(() => this.#draw(), 600_000);
    this.#ends.push(() => clearInterval(clock));
    this.#draw();
  }

  disconnectedCallback() {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Take over the entries that came with the page. */
  #adopt() {
    /** @type {Listed[]} */
    const items = [];
    store.moreListed = !find(this, ".sidebar__more", HTMLElement).hidden;
    for (const entry of this.querySelectorAll(".listed")) {
      if (!(entry instanceof HTMLElement) || !entry.dataset.id) continue;
      this.#entries.set(entry.dataset.id, entry);
      items.push({
        id: entry.dataset.id, updated_at: entry.dataset.updatedAt ?? "", title: entry.dataset.title ?? "",
        running: "running" in entry.dataset, unread: "unread" in entry.dataset,
      });
    }
    store.list(items.filter((item) => !store.listed.has(item.id)));
  }

  #drawSoon() {
    if (this.#drawn) return;
    this.#drawn = true;
    queueMicrotask(() => {
      this.#drawn = false;
      this.#draw();
    });
  }

  #draw() {
    const query = find(this, ".sidebar__query", HTMLInputElement).value.trim().toLocaleLowerCase();
    const items = [...store.listed.values()]
      .filter((item) => !query || item.title.toLocaleLowerCase().includes(query))
      .sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
    /** @type {HTMLElement[]} */
    const nodes = [];
    let heading = "";
    for (const item of items) {
      const next = headingOf(item.updated_at);
      if (next !== heading) nodes.push(this.#heading((heading = next)));
      nodes.push(this.#entry(item));
    }
    arrange(find(this, ".sidebar__list", HTMLElement), nodes);
    for (const id of this.#entries.keys()) if (!store.listed.has(id)) this.#entries.delete(id);
    const none = find(this, ".sidebar__none", HTMLElement);
    none.hidden = items.length > 0;
    write(none, query ? say("Nothing found.") : say("Your conversations will be listed here."));
    find(this, ".sidebar__more", HTMLElement).hidden = !store.moreListed;
  }

  /** @param {string} words */
  #heading(words) {
    const known = this.#headings.get(words) ?? make("li", "sidebar__day", words);
    this.#headings.set(words, known);
    return known;
  }

  /** @param {Listed} item */
  #entry(item) {
    let entry = this.#entries.get(item.id);
    if (!entry) {
      entry = find(copyOf("listed-template"), ".listed", HTMLElement);
      entry.dataset.id = item.id;
      find(entry, ".listed__link", HTMLAnchorElement).href = `/c/${item.id}/`;
      this.#entries.set(item.id, entry);
    }
    const isOpen = item.id === store.open.id;
    const link = find(entry, ".listed__link", HTMLAnchorElement);
    if (isOpen) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    entry.toggleAttribute("data-running", item.running);
    entry.toggleAttribute("data-unread", item.unread && !isOpen);
    write(find(entry, ".listed__words", HTMLElement), item.title || say("New conversation"));
    return entry;
  }

  /** @param {Event} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    const action = target?.getAttribute("data-action");
    if (action === "close") document.dispatchEvent(new CustomEvent("parley:drawer", { detail: false }));
    if (action === "more" && target instanceof HTMLButtonElement) void this.#more(target);
  }

  /** @param {HTMLButtonElement} button */
  async #more(button) {
    const oldest = [...store.listed.values()].map((item) => item.updated_at).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
    button.disabled = true;
    try {
      await ask({ type: "conversation.list", ...(oldest ? { before: oldest } : {}) });
    } catch {
      // The button stays, to be tried again.
    } finally {
      button.disabled = false;
    }
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLInputElement} query
   */
  #keyInSearch(event, query) {
    if (event.key === "Escape" && query.value) {
      event.stopPropagation();
      query.value = "";
      this.#draw();
    }
    if (event.key === "Enter") this.querySelector(".listed__link")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }

  /**
   * Arrows walk through the list.
   * @param {KeyboardEvent} event
   */
  #keyInList(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".sidebar__query, .listed__link")]);
    const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    event.preventDefault();
    links[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }
}

/**
 * The heading a time belongs under.
 * @param {string} iso
 */
function headingOf(iso) {
  const then = new Date(iso);
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (Number.isNaN(then.getTime()) || then.getTime() >= midnight) return say("Today");
  const days = (midnight - then.getTime()) / DAY_MS;
  if (days <= 1) return say("Yesterday");
  if (days <= 7) return say("The last 7 days");
  return days <= 30 ? say("The last 30 days") : say("Earlier");
}
