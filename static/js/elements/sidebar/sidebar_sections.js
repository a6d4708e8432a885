/** The sections of the list, each with its heading: what is pinned, the folders, the days. */

import { hasMore, isLoaded } from "../../verbs/listing.js";
import { say } from "../../words/words.js";
import { copyOf, find, write } from "../dom.js";
import { nameOf } from "./sidebar_words.js";

/** @import { Section } from "../../state/sections.js" */
/** @import { Folder, Listed } from "../../state/types.js" */
/** @import { Where } from "../../verbs/listing.js" */
/** @import { SidebarPages } from "./sidebar_pages.js" */

export class SidebarSections {
  /** @type {Map<string, HTMLElement>} */
  #nodes = new Map();

  /** @param {Iterable<Element>} nodes that the server has drawn */
  adopt(nodes) {
    for (const node of nodes) if (node instanceof HTMLElement) this.#nodes.set(node.dataset.section ?? "", node);
  }

  /** @param {Section} section that was drawn */
  listOf({ key }) {
    return find(/** @type {HTMLElement} */ (this.#nodes.get(key)), ".section__list", HTMLElement);
  }

  /**
   * @param {Section} section
   * @param {Where} where of a folder
   * @param {SidebarPages | null} pages
   */
  of({ key, folder, items }, where, pages) {
    let node = this.#nodes.get(key);
    if (!node) {
      node = find(copyOf(folder ? "folder-template" : "section-template"), ".section", HTMLElement);
      node.dataset.section = key;
      this.#nodes.set(key, node);
    }
    write(find(node, ".section__words", HTMLElement), nameOf(key, folder));
    if (folder) {
      drawFolder(node, folder, items, where);
      pages?.follow(find(node, ".section__older", HTMLButtonElement));
    }
    return node;
  }
}

/**
 * @param {HTMLElement} node
 * @param {Folder} folder
 * @param {Listed[]} items
 * @param {Where} where
 */
function drawFolder(node, folder, items, where) {
  find(node, ".section__toggle", HTMLButtonElement).setAttribute("aria-expanded", String(folder.open));
  find(node, ".section__more", HTMLButtonElement).setAttribute("aria-label", say("More actions for the folder {name}", { name: folder.name }));
  const unread = items.some((item) => item.unread) || (folder.unread && !isLoaded(where));
  node.toggleAttribute("data-unread", !folder.open && unread);
  node.toggleAttribute("data-running", !folder.open && items.some((item) => item.running));
  find(node, ".section__none", HTMLElement).hidden = !folder.open || items.length > 0 || hasMore(where);
  find(node, ".section__older", HTMLButtonElement).hidden = !folder.open || !hasMore(where);
}
