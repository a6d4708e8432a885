/** The shelves of the list, each with its heading: what is pinned, the folders, the days. */

import { hasMore, isLoaded } from "../../verbs/listing.js";
import { say } from "../../words/words.js";
import { copyOf, find, write } from "../dom.js";
import { nameOf } from "./sidebar_words.js";

/** @import { Shelf } from "../../state/shelves.js" */
/** @import { Folder, Listed } from "../../state/types.js" */
/** @import { Where } from "../../verbs/listing.js" */
/** @import { SidebarPages } from "./sidebar_pages.js" */

export class SidebarShelves {
  /** @type {Map<string, HTMLElement>} */
  #nodes = new Map();

  /** @param {Iterable<Element>} nodes that the server has drawn */
  adopt(nodes) {
    for (const node of nodes) if (node instanceof HTMLElement) this.#nodes.set(node.dataset.shelf ?? "", node);
  }

  /** @param {Shelf} shelf that was drawn */
  listOf({ key }) {
    return find(/** @type {HTMLElement} */ (this.#nodes.get(key)), ".shelf__list", HTMLElement);
  }

  /**
   * @param {Shelf} shelf
   * @param {Where} where of a folder
   * @param {SidebarPages | null} pages
   */
  of({ key, folder, items }, where, pages) {
    let node = this.#nodes.get(key);
    if (!node) {
      node = find(copyOf(folder ? "folder-template" : "shelf-template"), ".shelf", HTMLElement);
      node.dataset.shelf = key;
      this.#nodes.set(key, node);
    }
    write(find(node, ".shelf__words", HTMLElement), nameOf(key, folder));
    if (folder) {
      drawFolder(node, folder, items, where);
      pages?.follow(find(node, ".shelf__older", HTMLButtonElement));
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
  find(node, ".shelf__toggle", HTMLButtonElement).setAttribute("aria-expanded", String(folder.open));
  find(node, ".shelf__more", HTMLButtonElement).setAttribute("aria-label", say("More actions for the folder {name}", { name: folder.name }));
  const unread = items.some((item) => item.unread) || (folder.unread && !isLoaded(where));
  node.toggleAttribute("data-unread", !folder.open && unread);
  node.toggleAttribute("data-running", !folder.open && items.some((item) => item.running));
  find(node, ".shelf__none", HTMLElement).hidden = !folder.open || items.length > 0 || hasMore(where);
  find(node, ".shelf__older", HTMLButtonElement).hidden = !folder.open || !hasMore(where);
}
