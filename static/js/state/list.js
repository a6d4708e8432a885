/** The conversations of this person that the page knows, and their folders. */

/** @import { Folder, Listed, Topic } from "./types.js" */

export class List {
  /** @type {Map<string, Listed>} */
  #items = new Map();
  /** @type {readonly Readonly<Folder>[]} by name */
  #folders = [];
  #tell;

  /** @param {(...topics: Topic[]) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @returns {ReadonlyMap<string, Readonly<Listed>>} by the conversation's id */
  get items() {
    return this.#items;
  }

  get folders() {
    return this.#folders;
  }

  /** Add or replace entries. @param {Listed[]} items */
  put(items) {
    for (const item of items) this.#items.set(item.id, item);
    this.#tell("list");
  }

  /** @param {string[]} ids conversations that are in none of this person's lists */
  remove(ids) {
    for (const id of ids) this.#items.delete(id);
    this.#tell("list");
  }

  /** @param {Folder[]} folders all of them */
  putFolders(folders) {
    this.#folders = folders;
    this.#tell("list");
  }

  /** @param {number} id @param {boolean} open whether what is in the folder is shown */
  foldOut(id, open) {
    this.putFolders(this.#folders.map((folder) => (folder.id === id ? { ...folder, open } : folder)));
  }
}
