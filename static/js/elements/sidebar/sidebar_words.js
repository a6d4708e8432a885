/** How the list's headings and empty shelves are worded. */

import { store } from "../../state/store.js";
import { say, sayCount, sayMoment } from "../../words/words.js";

/** @import { Shelf } from "../../state/sections.js" */
/** @import { Folder } from "../../state/types.js" */

/** The name of a section or of a shelf. @param {string} key @param {Folder | null} folder */
export function nameOf(key, folder) {
  if (folder) return folder.name;
  switch (key) {
    case "pinned": return say("Pinned");
    case "today": return say("Today");
    case "yesterday": return say("Yesterday");
    case "week": return say("The last 7 days");
    case "month": return say("The last 30 days");
    case "archive": return say("Archive");
    case "trash": return say("Trash");
    default: return monthOf(key);
  }
}

/**
 * What an empty shelf says: one thing that is good to know.
 * @param {Shelf} shelf
 * @param {boolean} searched
 * @param {boolean} known whether the server has answered
 */
export function whatIsNone(shelf, searched, known) {
  if (searched) return say("Nothing found.");
  if (!known) return "";
  if (shelf === "archive") return say("Nothing is archived. An archived conversation leaves the list and comes back when somebody else writes in it.");
  if (shelf === "list") return say("No conversations yet.");
  if (!store.person.limits.trash_days) return say("The trash is empty. Deleted conversations stay here and can be restored.");
  return sayCount(
    "The trash is empty. Deleted conversations stay here for {count} day and can be restored.",
    "The trash is empty. Deleted conversations stay here for {count} days and can be restored.",
    store.person.limits.trash_days,
  );
}

/** What is worth knowing of a shelf that is not empty. @param {Shelf} shelf */
export function noteOf(shelf) {
  if (shelf !== "trash" || !store.person.limits.trash_days) return "";
  return sayCount("Conversations are deleted permanently after {count} day.", "Conversations are deleted permanently after {count} days.", store.person.limits.trash_days);
}

/** @param {string} key "2026-10" */
function monthOf(key) {
  const [year = 0, month = 1] = key.split("-").map(Number);
  const isThisYear = year === new Date().getFullYear();
  return sayMoment(new Date(year, month - 1, 15), { month: "long", ...(isThisYear ? {} : { year: "numeric" }) });
}
