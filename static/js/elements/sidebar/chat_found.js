/** What the server finds while somebody types into "Find": the messages with the words, below the titles. */

import { store } from "../../state/store.js";
import { rememberOpened, Searching } from "../../verbs/searching.js";
import { say, sayCount } from "../../words/words.js";
import { ChatElement } from "../chat_element.js";
import { announce, find, make } from "../dom.js";
import { addressOf, linesOf } from "../search_hit.js";

/** @import { Results } from "../../verbs/searching.js" */

export class ChatFound extends ChatElement {
  #searching = new Searching((results) => this.#show(results));
  #query = "";
  #page = 0;

  /** @param {AbortSignal} signal */
  begin(signal) {
    const sidebar = /** @type {HTMLElement} */ (this.closest("chat-sidebar"));
    const field = find(sidebar, ".sidebar__query", HTMLInputElement);
    const typed = () => this.#typed(field.value);
    field.addEventListener("input", typed, { signal });
    // Escape empties the field without an input event, and the listener that does so stops the key.
    sidebar.addEventListener("keydown", (event) => event.key === "Escape" && setTimeout(typed), { signal, capture: true });
    this.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest(".found__more")) void this.#searching.page(this.#query, this.#page + 1);
    }, { signal });
    signal.addEventListener("abort", () => this.#searching.type(""));
    typed();
  }

  /** @param {string} value */
  #typed(value) {
    const query = value.trim();
    if (query === this.#query) return;
    this.#query = query;
    // The shown hits stay until newer ones come, or until the box is empty.
    this.toggleAttribute("data-asking", query !== "");
    if (!query) this.replaceChildren();
    this.#searching.type(query);
  }

  /** @param {Results | null} results */
  #show(results) {
    this.removeAttribute("data-asking");
    const items = results?.items ?? [];
    // A title that is in the list is found there.
    const shown = items.filter(({ message, conversation }) => message !== null || !store.list.items.has(conversation));
    this.#page = results?.page ?? 0;
    const old = this.#page ? [...this.querySelectorAll(".found__item")] : [];
    const nodes = shown.map((hit) => {
      const item = make("li", "found__item");
      // By this class the arrow keys go on from the titles to the hits.
      const link = make("a", "listed__link found__link");
      link.href = addressOf(hit);
      link.append(...linesOf(hit));
      link.addEventListener("click", () => rememberOpened(hit));
      item.append(link);
      return item;
    });
    const list = make("ol", "found__list");
    list.append(...old, ...nodes);
    this.replaceChildren();
    if (!list.childElementCount) return;
    this.append(make("h2", "found__head", say("In messages")), list);
    if (results?.more) {
      const more = make("button", "button button--quiet found__more", say("Show more"));
      more.type = "button";
      this.append(more);
    }
    if (this.#page) nodes[0]?.querySelector("a")?.focus();
    else announce(sayCount("{count} message found", "{count} messages found", nodes.length));
  }
}
