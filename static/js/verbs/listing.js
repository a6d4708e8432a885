/**
 * What is known of each list of conversations (the list, each folder, the archive, the trash): how far its pages are loaded.
 * The conversations themselves are in the store; the server's announcements keep them true.
 */

import { shelfOf, timeOf } from "../state/sections.js";
import { store } from "../state/store.js";
import { ask } from "./ask.js";

/** @import { Shelf } from "../state/sections.js" */
/** @import { Listed } from "../state/types.js" */
/** @typedef {{items: Listed[], next?: string | null, shelf: Shelf, folder?: number | null}} Page */
/** @typedef {{shelf: Shelf, folder: number | null}} Where */

/** How far each list is loaded: the cursor of its next page; null at its end. @type {Map<string, string | null>} */
const loaded = new Map();
/** @type {Set<string>} */
const asking = new Set();

/** @param {Where} where */
export const keyOf = ({ shelf, folder }) => (folder === null ? shelf : `folder-${folder}`);

/** Whether there is more of a list than is loaded; also of one that was never asked for. @param {Where} where */
export const hasMore = (where) => loaded.get(keyOf(where)) !== null;

/** @param {Where} where */
export const isLoaded = (where) => loaded.has(keyOf(where));

/** Take a page that came with the shell. @param {Page} page */
export function take(page) {
  loaded.set(keyOf({ shelf: page.shelf, folder: page.folder ?? null }), page.next ?? null);
  store.list.put(page.items);
}

/** After a connection: what is shown may have changed meanwhile, anywhere. */
export async function refresh() {
  try {
    await ask({ type: "folder.list" });
    const open = store.list.folders.filter((folder) => folder.open);
    const lists = [{ shelf: /** @type {Shelf} */ ("list"), folder: null }, ...open.map(({ id }) => ({ shelf: /** @type {Shelf} */ ("list"), folder: id }))];
    for (const where of lists) await reload(where);
  } catch {
    // The connection broke again; the next one asks again.
  }
}

/** Ask for the first page again, and forget what is not there any more. @param {Where} where */
export async function reload(where) {
  const { page, known, isUnchanged } = await pageOf(where);
  const there = new Set(page.items.map((item) => item.id));
  const oldest = page.items.at(-1);
  const gone = [...known.values()].filter((item) => keyOf(whereIs(item)) === keyOf(where)
    && !there.has(item.id)
    && isUnchanged(item)
    && (!page.next || item.pinned || timeOf(item) >= timeOf(/** @type {Listed} */ (oldest))));
  store.list.remove(gone.map((item) => item.id));
  // Pages that are loaded already stay; a list that was never read on begins after this one.
  if (!isLoaded(where) || !page.next) loaded.set(keyOf(where), page.next ?? null);
  store.list.put(page.items.filter(isUnchanged));
}

/** Load the next page of a list. Rejects with a Refusal. @param {Where} where */
export async function more(where) {
  const key = keyOf(where);
  const before = loaded.get(key);
  if (before === null || asking.has(key)) return;
  asking.add(key);
  try {
    if (before === undefined) return await reload(where);
    const { page, isUnchanged } = await pageOf(where, before);
    take({ ...page, items: page.items.filter(isUnchanged) });
  } finally {
    asking.delete(key);
  }
}

/**
 * Ask for a page. A conversation that a frame changed or removed meanwhile is newer than the page, which the server may
 * have read before the change: it is not unchanged, and its item of the page must not be taken.
 * @param {Where} where @param {string} [before] the cursor, none for the first page
 */
async function pageOf({ shelf, folder }, before) {
  const known = new Map(store.list.items);
  /** @type {Page} */
  const page = await ask({ type: "conversation.list", shelf, ...(folder === null ? {} : { folder }), ...(before === undefined ? {} : { before }) });
  const isUnchanged = (/** @type {Listed} */ { id }) => store.list.items.get(id) === known.get(id);
  return { page, known, isUnchanged };
}

/** @param {import("../state/types.js").Folder[]} folders */
export function takeFolders(folders) {
  const left = store.list.folders.filter((folder) => !folders.some(({ id }) => id === folder.id));
  store.list.putFolders(folders);
  for (const { id } of left) loaded.delete(`folder-${id}`);
  // What was in it stands in the list now, also in the part of it that is loaded already.
  if (left.length) {
    loaded.delete("list");
    void reload({ shelf: "list", folder: null }).catch(() => {});
  }
}

/** @param {Listed} item @returns {Where} */
function whereIs(item) {
  const shelf = shelfOf(item);
  const isFiled = shelf === "list" && !item.pinned && item.folder !== null && store.list.folders.some(({ id }) => id === item.folder);
  return { shelf, folder: isFiled ? item.folder : null };
}
