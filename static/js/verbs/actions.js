/** What a person can do, each as one verb: it changes the store at once where it can, and tells the server. */

import { link } from "../link/link.js";
import { recallObject, remember } from "../state/memory.js";
import { filesOf, isLive, textOf } from "../state/messages.js";
import { store } from "../state/store.js";
import { allUnsent, storeUnsent } from "../state/unsent.js";
import { ask } from "./ask.js";

/** @import { FilePart, Message, MessageId, ModelChoice, Unsent } from "../state/types.js" */

/** How many of the models used last are remembered: as many as can be taken in at a glance. */
const MOST_RECENT = 4;

/** Answers for which a retry or a continuation was asked, by the client id of that command. @type {Map<string, MessageId>} */
const underway = new Map();

/** The path that is shown. */
export const steps = () => store.conversation.path;

/** The answer that is being written on the shown path, if any. */
export function liveAnswer() {
  return steps().findLast((step) => isLive(step.message.run))?.message ?? null;
}

/**
 * Send a message below `parent`: after the last one, or, for an edit, below the parent of the edited one.
 * @param {string} text
 * @param {MessageId | null} [parent]
 * @param {FilePart[]} [attachments] uploaded before, or left in by an edit
 */
export function post(text, parent = lastStored(), attachments = []) {
  choose(parent, null);
  const unsent = unsentOf(text, parent, { attachments });
  store.conversation.outgoing.post(pendingOf(unsent));
  send(unsent);
}

/** The last stored message of the shown path. @returns {MessageId | null} */
export const lastStored = () => steps().findLast((step) => !step.message.pending)?.message.id ?? null;

/**
 * @param {string} text
 * @param {MessageId | null} parent
 * @param {Partial<Unsent>} [more]
 * @returns {Unsent}
 */
export function unsentOf(text, parent, more = {}) {
  const { upstream, model } = store.chosenModel ?? { upstream: "", model: "" };
  const { id } = store.open;
  return {
    client_id: crypto.randomUUID(), conversation: id, parent: Number(parent) || null, text, upstream, model,
    created_at: new Date().toISOString(), error: null, ...(id ? {} : fieldsOfNew()), ...more,
  };
}

/** What the first message of a new conversation says about it. */
const fieldsOfNew = () => ({ options: store.open.options, ...(store.open.persona ? { persona: store.open.persona.id } : {}) });

/** @param {string} clientId */
export function sendPending(clientId) {
  const message = store.conversation.outgoing.posted(clientId);
  if (!message) return;
  store.conversation.outgoing.refuse(clientId, null);
  // By the model chosen now, because the other one may be gone, and that may be why it was refused.
  const { upstream, model } = store.chosenModel ?? { upstream: "", model: "" };
  const { id } = store.open;
  send({
    client_id: clientId, conversation: id, parent: Number(message.parent) || null, text: textOf(message),
    attachments: filesOf(message), upstream, model, created_at: message.created_at, error: null, ...(id ? {} : fieldsOfNew()),
  });
}

/** Send again what an earlier page sent and got no answer to. The server stores each once. */
export function sendUnanswered() {
  const all = allUnsent();
  const known = new Set(all.map((unsent) => unsent.client_id));
  for (const unsent of all) {
    if (unsent.error !== null || (unsent.after && known.has(unsent.after))) continue;
    // The one it follows is stored by now, and only the server knows where.
    send(unsent.after ? { ...unsent, after: null, behind: true } : unsent);
  }
}

/** Show again what was sent in the open conversation and is not stored, as far as this browser knows. */
export function showUnsent() {
  for (const unsent of allUnsent()) {
    if (unsent.conversation !== store.open.id) continue;
    if (unsent.waits) store.conversation.outgoing.enqueue({ ...unsent, stored: false });
    else store.conversation.outgoing.post(pendingOf(unsent));
  }
}

/** @param {Unsent} unsent stored before it is sent, because what is on the way may be lost with the page */
export function send(unsent) {
  storeUnsent(unsent);
  const { client_id, conversation, parent, text, upstream, model, options, persona, behind } = unsent;
  const attachments = unsent.attachments?.length ? unsent.attachments.map(({ id }) => id) : undefined;
  link.send({ type: "message.post", client_id, conversation, parent, text, attachments, upstream, model, options, persona, behind });
}

/** @param {Unsent} unsent @returns {Message} */
function pendingOf({ client_id, parent, text, attachments = [], created_at, upstream, model, error }) {
  return {
    id: `pending:${client_id}`, parent, role: "user", author: { id: store.person.user.id, name: store.person.user.name },
    parts: [...attachments, { type: "text", text }], created_at, client_id, run: null, upstream, model, pending: { error },
  };
}

/**
 * Answer again: a sibling of an answer, or one more answer to a question.
 * @param {Message} message
 * @param {ModelChoice | null} [chosen] by which model; else by the one chosen now
 */
export function retry(message, chosen = store.chosenModel) {
  choose(message.role === "assistant" ? message.parent : message.id, null);
  sendOnce({ type: "message.retry", message: message.id, ...(chosen ?? {}) });
}

/**
 * Put a message into the trash, with all below it. It is gone from the page at once, and comes back if the server refuses.
 * @param {Message} message
 * @returns {Promise<void>} rejects with a Refusal
 */
export async function trash(message) {
  const open = store.open;
  const removed = store.conversation.remove(message.id);
  try {
    await ask({ type: "message.trash", message: message.id });
  } catch (refusal) {
    if (store.open === open) store.conversation.putBack(removed);
    throw refusal;
  }
}

/**
 * @param {Message} message from the trash
 * @returns {Promise<void>} rejects with a Refusal
 */
export async function restore(message) {
  choose(message.parent, message.id);
  await ask({ type: "message.restore", message: message.id });
}

/**
 * Store what this person thinks of an answer: 1 good, -1 bad, 0 no opinion any more.
 * @param {Message} message
 * @param {1 | 0 | -1} value
 * @param {string} reason
 */
export function rate(message, value, reason) {
  const id = Number(message.id);
  const before = message.feedback;
  store.conversation.rate(id, value ? { value, reason } : undefined);
  void ask({ type: "message.rate", message: id, value, reason }).catch(() => store.conversation.rate(id, before));
}

/** @param {Message} message whose answer was cut */
export function resume(message) {
  sendOnce({ type: "run.continue", message: message.id });
}

/**
 * A double click counts once: while the server has not answered, the same message is not asked for again.
 * @param {{type: string, message: MessageId, [field: string]: unknown}} frame
 */
function sendOnce(frame) {
  if ([...underway.values()].includes(frame.message)) return;
  const clientId = crypto.randomUUID();
  underway.set(clientId, frame.message);
  link.send({ ...frame, client_id: clientId });
}

/** @param {string | undefined} clientId of a command that the server has answered */
export function markAnswered(clientId) {
  if (clientId) underway.delete(clientId);
}

export function stop() {
  const run = liveAnswer()?.run;
  if (run) link.send({ type: "run.stop", run: run.id });
}

/** @param {import("../state/types.js").ModelChoice} choice */
export function chooseModel(choice) {
  store.models.prefer(choice);
  remember("model", JSON.stringify(choice));
  const { list = [] } = recallObject("models.recent") ?? {};
  const others = (Array.isArray(list) ? list : []).filter((one) => one?.upstream !== choice.upstream || one?.model !== choice.model);
  remember("models.recent", JSON.stringify({ list: [choice, ...others].slice(0, MOST_RECENT) }));
  store.conversation.chooseModel(choice);
  if (store.open.id) link.send({ type: "conversation.model", conversation: store.open.id, ...choice });
}

/** @param {import("../state/types.js").Options} options all that are set; they replace those before */
export function chooseOptions(options) {
  const { id } = store.open;
  store.conversation.setOptions(options);
  if (id) link.send({ type: "conversation.options", conversation: id, options });
  else remember("options.new", Object.keys(options).length ? JSON.stringify(options) : "");
}

/**
 * Show another sibling, and remember it in this browser.
 * @param {MessageId | null} parent
 * @param {MessageId | null} child null for the newest, whichever that is
 */
export function choose(parent, child) {
  store.conversation.choose(parent, child);
  const { id, chosen } = store.open;
  if (id) remember(`choices.${id}`, Object.keys(chosen).length ? JSON.stringify(chosen) : "");
}
