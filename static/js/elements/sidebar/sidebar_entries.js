/** The entries of the list, one for each visible conversation, drawn again only where something has changed. */

import { store } from "../../state/store.js";
import { say } from "../../words/words.js";
import { copyOf, find, write } from "../dom.js";

/** @import { Listed } from "../../state/types.js" */

/** Up to this many entries stay in memory, because they may come into view again. */
const MOST_NODES = 600;

export class SidebarEntries {
  /** @type {Map<string, HTMLElement>} the entries in the document, and some that were, by conversation */
  #nodes = new Map();
  /** @type {WeakMap<HTMLElement, string>} what each entry shows */
  #shown = new WeakMap();

  /** @param {Iterable<Element>} nodes that the server has drawn */
  adopt(nodes) {
    for (const node of nodes) if (node instanceof HTMLElement) this.#nodes.set(node.dataset.id ?? "", node);
  }

  forgetSome() {
    if (this.#nodes.size > MOST_NODES) for (const [id, node] of this.#nodes) if (!node.isConnected) this.#nodes.delete(id);
  }

  /** @param {Listed} item */
  of(item) {
    const entry = this.#nodes.get(item.id) ?? find(copyOf("listed-template"), ".listed", HTMLElement);
    this.#nodes.set(item.id, entry);
    entry.dataset.id = item.id;
    const isOpen = item.id === store.open.id;
    const sign = JSON.stringify([item.title, item.running, item.unread, item.people > 0, Boolean(item.trashed_at), isOpen]);
    // Usually one of thousands of entries has changed.
    if (this.#shown.get(entry) === sign) return entry;
    this.#shown.set(entry, sign);
    draw(entry, item, isOpen);
    return entry;
  }
}

/**
 * @param {HTMLElement} entry
 * @param {Listed} item
 * @param {boolean} isOpen
 */
function draw(entry, item, isOpen) {
  const link = find(entry, ".listed__link", HTMLAnchorElement);
  if (isOpen) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  // A conversation in the trash cannot be opened, so its entry is the button of its menu.
  if (item.trashed_at) link.removeAttribute("href");
  else link.href = `/c/${item.id}/`;
  for (const [name, value] of Object.entries({ role: "button", tabindex: "0", "aria-haspopup": "menu" })) {
    if (item.trashed_at) link.setAttribute(name, value);
    else link.removeAttribute(name);
  }
  entry.toggleAttribute("data-running", item.running);
  entry.toggleAttribute("data-unread", item.unread && !isOpen);
  entry.toggleAttribute("data-shared", item.people > 0);
  const title = item.title || say("New conversation");
  write(find(entry, ".listed__words", HTMLElement), title);
  find(entry, ".listed__more", HTMLButtonElement).setAttribute("aria-label", say("More actions for {title}", { title }));
}
