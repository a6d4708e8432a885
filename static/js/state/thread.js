/** The messages of the open conversation: how new ones join the known ones. Each function changes `open`. */

import { chosenTo, narrowGap, neededTo } from "./tree.js";

/** @import { Chosen, Gap, Message, MessageId, OpenData } from "./types.js" */

/**
 * Add messages, or replace them; remove those that are in the trash, with all below them.
 * @param {OpenData} open
 * @param {Message[]} messages
 */
export function putMessages(open, messages) {
  for (const message of messages) {
    if (message.trashed) {
      dropMessage(open, message.id);
      continue;
    }
    const known = open.messages.get(message.id);
    // A patch may have been written before the run's last frame that this page has already played.
    if (known?.run && message.run && known.run.id > message.run.id) message.run = known.run;
    open.messages.set(message.id, message);
    const pending = message.client_id && message.role === "user" ? `pending:${message.client_id}` : "";
    if (pending) open.messages.delete(pending);
  }
}

/**
 * Remove a message and all below it.
 * @param {OpenData} open
 * @param {MessageId} id
 * @returns {Message[]} what was removed
 */
export function dropMessage({ messages }, id) {
  const gone = new Set([id]);
  // A message is younger than its parent, and those that are on their way come last.
  const ids = [...messages.keys()].sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : typeof a === "number" ? -1 : 1));
  for (const each of ids) if (gone.has(messages.get(each)?.parent ?? "")) gone.add(each);
  const removed = [...gone].map((each) => messages.get(each)).filter((message) => message !== undefined);
  for (const each of gone) messages.delete(each);
  return removed;
}

/** Drop all stored messages, since any may have changed; those on their way stay. @param {OpenData} open */
export function dropStored({ messages }) {
  for (const id of messages.keys()) if (typeof id === "number") messages.delete(id);
}

/** The number of the first of some messages. @param {Message[]} messages */
export const firstOf = (messages) => Math.min(...messages.map(({ id }) => Number(id)));

/**
 * Add earlier messages, or some that were missing in between.
 * @param {OpenData} open
 * @param {{messages: Message[], more: boolean}} history
 * @param {MessageId | undefined} end the last message of the shown path
 */
export function joinHistory(open, { messages, more }, end) {
  putMessages(open, messages);
  // A fork that comes into view may have a newer sibling: the reader stays on the branch they read.
  if (end !== undefined) open.chosen = { ...open.chosen, ...neededTo(open.messages, end) };
  const first = firstOf(messages);
  if (open.gap && first > open.gap.after) open.gap = narrowGap(open.gap, open.messages, open.chosen);
  else Object.assign(open, { more, oldest: Math.min(open.oldest, first) });
}

/**
 * Replace the loaded messages by those around one message.
 * @param {OpenData} open
 * @param {{message: number, messages: Message[], chosen: Chosen, gap: Gap | null, more: boolean}} around
 */
export function showAround(open, { message, messages, chosen, gap, more }) {
  dropStored(open);
  putMessages(open, messages);
  Object.assign(open, { gap, more, anchor: message, oldest: firstOf(messages), chosen: { ...open.chosen, ...chosen } });
}

/** Show the path through a message that is loaded. @param {OpenData} open @param {MessageId} id */
export function leadTo(open, id) {
  Object.assign(open, { anchor: id, chosen: { ...open.chosen, ...chosenTo(open.messages, id) } });
}

/** Forget the messages before one of them; they can be loaded again. @param {OpenData} open @param {number} first */
export function forgetBefore(open, first) {
  for (const id of open.messages.keys()) if (typeof id === "number" && id < first) open.messages.delete(id);
  Object.assign(open, { oldest: first, more: true, anchor: null });
  if (open.gap && open.gap.after < first) open.gap = null;
}
