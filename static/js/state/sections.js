/**
 * How a list of conversations is arranged: what is pinned, the folders, then the days. Pure; twin of chat/shown/listing.py, which
 * arranges the first paint.
 */

/** @import { Folder, Listed } from "./types.js" */
/** @typedef {"list" | "archive" | "trash"} Shelf */
/** @typedef {{key: string, folder: Folder | null, items: Listed[]}} Section */

const DAY_MS = 86_400_000;

/**
 * The sections of a shelf, each with its conversations in order. They hold only the given items.
 * @param {Iterable<Listed>} items of all shelves
 * @param {{shelf: Shelf, folders: readonly Folder[], now: Date, matches?: ((item: Listed) => boolean) | null}} view with `matches`,
 *   everything in the shelf that it takes, by days alone
 * @returns {Section[]}
 */
export function sectionsOf(items, { shelf, folders, now, matches = null }) {
  const shown = [...items].filter((item) => shelfOf(item) === shelf && (!matches || matches(item)));
  shown.sort((a, b) => compare(timeOf(b), timeOf(a)) || compare(b.id, a.id));
  const plain = shelf !== "list" || matches !== null;
  /** @type {Section} */
  const pinned = { key: "pinned", folder: null, items: [] };
  const filed = new Map(plain ? [] : folders.map((folder) => [folder.id, sectionOf(folder)]));
  /** @type {Map<string, Section>} */
  const days = new Map();
  const headings = headingsAt(now);
  for (const item of shown) {
    const folder = item.folder === null ? undefined : filed.get(item.folder);
    if (item.pinned && !plain) pinned.items.push(item);
    else if (folder) folder.items.push(item);
    else {
      const key = headings(timeOf(item));
      const day = days.get(key) ?? { key, folder: null, items: [] };
      days.set(key, day);
      day.items.push(item);
    }
  }
  return [...(pinned.items.length ? [pinned] : []), ...filed.values(), ...days.values()];
}

/** Where a conversation stands. @param {Listed} item @returns {Shelf} */
export function shelfOf(item) {
  if (item.trashed_at) return "trash";
  return item.archived ? "archive" : "list";
}

/** The time that orders it in its shelf. Times of the server sort as text. @param {Listed} item */
export const timeOf = (item) => item.trashed_at ?? item.updated_at;

/**
 * Says for a time under which heading it stands now: "today", "yesterday", "week", "month", or its month as "2026-10".
 * @param {Date} now
 * @returns {(iso: string) => string}
 */
export function headingsAt(now) {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  return (iso) => {
    const then = new Date(iso);
    const time = then.getTime();
    if (Number.isNaN(time) || time >= midnight) return "today";
    // Rounded: the hour that a change of the clock adds or takes makes no other day.
    const days = Math.round((midnight - new Date(then).setHours(0, 0, 0, 0)) / DAY_MS);
    if (days === 1) return "yesterday";
    if (days <= 7) return "week";
    if (days <= 30) return "month";
    return `${then.getFullYear()}-${String(then.getMonth() + 1).padStart(2, "0")}`;
  };
}

/** @param {Folder} folder @returns {Section} */
const sectionOf = (folder) => ({ key: `folder-${folder.id}`, folder, items: [] });

/** @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
