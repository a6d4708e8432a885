/** The menus of a conversation and of a folder in the list. They are loaded at their first use. */

import { store } from "../../state/store.js";
import { archive, deleteFolder, deleteForGood, file, leave, moveTo, rename, restore, saveFolder, trash } from "../../verbs/listed.js";
import { FORMS, downloadConversation, printConversation } from "../../verbs/taking.js";
import { say } from "../../words/words.js";
import { openMenu } from "../menu.js";
import { renameInPlace } from "./sidebar_rename.js";

/** @import { Folder, Listed } from "../../state/types.js" */
/** @import { Item } from "../menu.js" */

/** The same as in chat/models/folder.py. */
const FOLDER_MAX_CHARS = 60;
const TITLE_MAX_CHARS = 200;

/**
 * @param {Listed} item
 * @param {import("../../state/sections.js").Shelf} where
 * @param {HTMLElement} entry
 * @param {{x: number, y: number} | null} at
 */
export function openEntryMenu(item, where, entry, at) {
  const title = item.title || say("New conversation");
  openMenu({ label: title, anchor: entry, at, items: where === "trash" ? trashItems(item) : listItems(item, where, entry) });
}

/**
 * @param {Folder} folder
 * @param {HTMLElement} head
 * @param {{x: number, y: number} | null} at
 */
export function openFolderMenu(folder, head, at) {
  openMenu({
    label: folder.name, anchor: head, at,
    items: [
      {
        label: say("Rename"),
        act: () => renameInPlace(head, { label: say("Name of the folder"), value: folder.name, maxLength: FOLDER_MAX_CHARS, save: (name) => void saveFolder(folder.id, { name }) }),
      },
      {
        label: say("Delete the folder"), danger: true,
        items: () => confirm(say("Its conversations move back to the list."), say("Delete the folder"), () => void deleteFolder(folder.id)),
      },
    ],
  });
}

/**
 * @param {Listed} item
 * @param {import("../../state/sections.js").Shelf} where
 * @param {HTMLElement} entry
 * @returns {Item[]}
 */
function listItems(item, where, entry) {
  const isArchived = where === "archive";
  /** @type {Item[]} */
  const items = [];
  if (item.role !== "viewer") items.push({ label: say("Rename"), act: () => renameEntry(item, entry) });
  if (!isArchived) {
    items.push({ label: item.pinned ? say("Unpin") : say("Pin"), act: () => void file(item, { pinned: !item.pinned }) });
    items.push({ label: say("Move to a folder"), items: () => folderItems(item) });
  }
  items.push(isArchived
    ? { label: say("Back to the list"), act: () => void file(item, { archived: false }) }
    : { label: say("Archive"), act: () => void archive(item) });
  items.push({ label: say("Download"), items: () => FORMS.map(([form, name]) => ({ label: name, act: () => downloadConversation(item.id, form) })) });
  items.push({ label: say("Print"), act: () => printConversation(item.id) });
  items.push({ label: say("Open in a new tab"), act: () => void open(`/c/${item.id}/`, "_blank", "noopener") });
  items.push(item.role === "owner"
    ? { label: say("Delete"), danger: true, act: () => void trash(item) }
    : {
      label: say("Leave"), danger: true,
      items: () => confirm(say("You will not see it again unless somebody adds you back."), say("Leave"), () => void leave(item)),
    });
  return items;
}

/** @param {Listed} item @returns {Item[]} */
function trashItems(item) {
  return [
    { label: say("Restore"), act: () => void restore(item) },
    {
      label: say("Delete permanently"), danger: true,
      items: () => confirm(say("It is deleted for all its members and cannot be restored."), say("Delete permanently"), () => void deleteForGood(item)),
    },
  ];
}

/** @param {Listed} item @returns {Item[]} */
function folderItems(item) {
  /** @type {Item[]} */
  const items = store.list.folders.map(({ id, name }) => ({ label: name, checked: item.folder === id, act: () => void moveTo(item, id) }));
  if (item.folder !== null) items.push({ label: say("Remove from the folder"), act: () => void moveTo(item, null) });
  items.push({
    label: say("New folder…"),
    ask: {
      label: say("Name of the folder"), maxLength: FOLDER_MAX_CHARS, button: say("Add"),
      answer: (name) => void saveFolder(null, { name, open: true }).then((folder) => (folder === null ? undefined : moveTo(item, folder))),
    },
  });
  return items;
}

/**
 * @param {string} text what it means
 * @param {string} label
 * @param {() => void} act
 * @returns {Item[]}
 */
const confirm = (text, label, act) => [{ label: text, isText: true }, { label, danger: true, act }, { label: say("Cancel"), act: () => {} }];

/** @param {Listed} item @param {HTMLElement} entry */
function renameEntry(item, entry) {
  renameInPlace(entry, { label: say("Title"), value: item.title, maxLength: TITLE_MAX_CHARS, save: (title) => void rename(item, title) });
}
