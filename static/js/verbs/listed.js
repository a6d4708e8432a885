/**
 * What a person does with conversations in their list, each as one verb: it shows at once, and is taken back where the server
 * refuses. What can be undone offers to.
 */

import { toast } from "../browser/toast.js";
import { store } from "../state/store.js";
import { say } from "../words/words.js";
import { ask, reasonOf } from "./ask.js";
import { go } from "./navigation.js";

/** @import { Listed } from "../state/types.js" */
/** @typedef {{pinned?: boolean, archived?: boolean, folder?: number | null}} Filing */

/** A longer title would fill the toast. */
const TITLE_CHARS = 40;

/** @param {Listed} item @param {Filing} filing */
export async function file(item, filing) {
  const before = { pinned: item.pinned, archived: item.archived, folder: item.folder };
  return change(item, filing, before, { type: "conversation.filing", ...filing });
}

/** @param {Listed} item */
export async function archive(item) {
  if (await file(item, { archived: true })) {
    toast(say("{title} was archived.", { title: quotedTitle(item) }), () => void file(fresh(item), { archived: false }));
  }
}

/** @param {Listed} item @param {number | null} folder null takes it out */
export async function moveTo(item, folder) {
  const before = { folder: item.folder, pinned: item.pinned };
  // A pinned conversation stays at the top wherever it is filed; a person who files it wants to find it in its folder.
  if (item.folder === folder || !(await file(item, { folder, pinned: false }))) return;
  const name = store.list.folders.find(({ id }) => id === folder)?.name ?? "";
  const sentence = folder === null ? say("{title} was moved back to the list.", { title: quotedTitle(item) }) : say("{title} was moved to {folder}.", { title: quotedTitle(item), folder: quoted(name) });
  toast(sentence, () => void file(fresh(item), before));
}

/** @param {Listed} item */
export async function trash(item) {
  const wasOpen = store.open.id === item.id;
  if (wasOpen) go(null);
  const trashed_at = new Date().toISOString();
  if (!(await change(item, { trashed_at }, { trashed_at: null }, { type: "conversation.trash" }))) return;
  toast(say("{title} was moved to the trash.", { title: quotedTitle(item) }), () => {
    void restore(fresh(item)).then((done) => {
      if (done && wasOpen) go(item.id);
    });
  });
}

/** @param {Listed} item */
export function restore(item) {
  return change(item, { trashed_at: null }, { trashed_at: item.trashed_at }, { type: "conversation.restore" });
}

/** @param {Listed} item in the trash */
export async function deleteForGood(item) {
  if (await askOrExplain({ type: "conversation.delete", conversation: item.id })) store.list.remove([item.id]);
}

/** @param {Listed} item of which this person is not the owner */
export async function leave(item) {
  if (store.open.id === item.id) go(null);
  if (await askOrExplain({ type: "member.remove", conversation: item.id, user: store.person.user.id })) store.list.remove([item.id]);
}

/** @param {Pick<Listed, "id" | "title">} item @param {string} title */
export async function rename({ id, title: before }, title) {
  const show = (/** @type {string} */ shown) => {
    const item = store.list.items.get(id);
    if (item) store.list.put([{ ...item, title: shown }]);
    if (store.open.id === id) store.conversation.rename(shown);
  };
  show(title);
  if (!(await askOrExplain({ type: "conversation.rename", conversation: id, title }))) show(before);
}

/**
 * Make a folder (`folder` null) or change one.
 * @param {number | null} folder
 * @param {{name?: string, open?: boolean}} changes
 * @returns {Promise<number | null>} its id; null where the server refused
 */
export async function saveFolder(folder, changes) {
  const answer = await askOrExplain({ type: "folder.save", ...(folder === null ? {} : { folder }), ...changes });
  return answer ? answer.folder : null;
}

/** @param {number} folder */
export async function deleteFolder(folder) {
  await askOrExplain({ type: "folder.delete", folder });
}

/** The conversation as it is known now. @param {Listed} item */
const fresh = (item) => store.list.items.get(item.id) ?? item;

/**
 * @param {Listed} item
 * @param {Partial<Listed>} after
 * @param {Partial<Listed>} before
 * @param {{type: string, [field: string]: unknown}} frame
 */
async function change(item, after, before, frame) {
  store.list.put([{ ...fresh(item), ...after }]);
  if (await askOrExplain({ ...frame, conversation: item.id })) return true;
  store.list.put([{ ...fresh(item), ...before }]);
  return false;
}

/**
 * @param {{type: string, [field: string]: unknown}} frame
 * @returns {Promise<any>} the answer, or null: then the reason has been said
 */
async function askOrExplain(frame) {
  try {
    return await ask(frame);
  } catch (refusal) {
    toast(reasonOf(refusal));
    return null;
  }
}

/** @param {Listed} item */
function quotedTitle(item) {
  const title = item.title || say("New conversation");
  const letters = [...title];
  return quoted(letters.length > TITLE_CHARS ? `${letters.slice(0, TITLE_CHARS).join("")}…` : title);
}

/** A name in a sentence, isolated: a right-to-left name must not turn the words around it. @param {string} name */
const quoted = (name) => `“\u2068${name}\u2069”`;
