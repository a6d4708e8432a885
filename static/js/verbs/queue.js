/**
 * Messages that are not in the thread yet: those that wait on the server for an answer to end, and those of this
 * browser that follow one which is still on its way. The server posts what waits; the page only shows, cancels and hurries it.
 */

import { link } from "../link/link.js";
import { store } from "../state/store.js";
import { allUnsent, forgetUnsent, storeUnsent } from "../state/unsent.js";
import { lastStored, liveAnswer, post, send, steps, unsentOf } from "./actions.js";
import { ask } from "./ask.js";

/**
 * @typedef {object} Waiting
 * @property {string} client_id
 * @property {string} text
 * @property {{id: number, name: string}} author
 * @property {boolean} stored it waits on the server; otherwise it is on its way there
 * @property {boolean} held the answer that it waits for has failed
 * @property {boolean} free it can be taken back: it is stored, or nobody has sent it
 * @property {string | null} error why the server did not take it
 * @property {import("../state/types.js").FilePart[]} files
 */

/** What waits in the open conversation, in the order in which it will go out. @returns {Waiting[]} */
export function waiting() {
  const { queue, waiting: unstored } = store.open;
  const known = new Set(queue.map(({ client_id }) => client_id));
  const stored = queue.map(({ client_id, text, author, held, attachments }) => (
    { client_id, text, author, held, stored: true, free: author.id === store.person.user.id, error: null, files: attachments }
  ));
  const onTheirWay = [...unstored.values()].filter(({ client_id }) => !known.has(client_id)).map((unsent) => ({
    client_id: unsent.client_id, text: unsent.text, author: store.person.user, held: false, stored: unsent.stored,
    free: !unsent.stored && (unsent.error !== null || Boolean(unsent.after)), error: unsent.error, files: unsent.attachments ?? [],
  }));
  return [...stored, ...onTheirWay];
}

/**
 * Send what was written: at once, or behind whatever is not sent yet.
 * @param {string} text
 * @param {import("../state/types.js").FilePart[]} attachments
 */
export function sendNext(text, attachments) {
  const onItsWay = pendingBefore();
  const queueGoes = store.open.queue.some((message) => !message.held) || [...store.open.waiting.values()].some(({ stored }) => stored);
  if (!onItsWay && !liveAnswer() && !queueGoes) {
    post(text, undefined, attachments);
    return;
  }
  const after = typeof onItsWay === "string" ? onItsWay : null;
  const parent = typeof onItsWay === "number" ? onItsWay : lastStored();
  const unsent = unsentOf(text, parent, { attachments, waits: true, after, behind: queueGoes || typeof onItsWay === "number" });
  store.conversation.outgoing.enqueue({ ...unsent, stored: false });
  if (after) storeUnsent(unsent);
  else send(unsent);
}

/**
 * What the next message would follow, if it has no answer yet: its client id; or, where the server has just stored it and
 * its rows are still to come, the number of its answer.
 * @returns {string | number | null}
 */
function pendingBefore() {
  const sent = [...store.open.waiting.values()].findLast(({ stored, error }) => !stored && error === null);
  if (sent) return sent.client_id;
  const last = steps().at(-1)?.message;
  if (!last?.pending || last.pending.error !== null) return null;
  return last.pending.answer ?? last.client_id;
}

/**
 * The server has stored one: those that follow it go out now.
 * @param {{client_id: string, conversation: string, answer?: number}} frame
 */
export function sendFollowers({ client_id: clientId, conversation, answer }) {
  const unsent = allUnsent();
  const parent = answer ?? unsent.find((one) => one.client_id === clientId)?.parent ?? null;
  for (const next of unsent) {
    if (next.after !== clientId) continue;
    const free = { ...next, conversation, parent, after: null, behind: true, options: undefined };
    store.conversation.outgoing.changeQueued(next.client_id, free);
    send(free);
  }
  store.conversation.outgoing.changeQueued(clientId, { stored: true });
}

/** @param {string} clientId of one that was refused; the model chosen now may accept it */
export function sendAgain(clientId) {
  const unsent = store.open.waiting.get(clientId);
  if (!unsent) return;
  const { upstream, model } = store.chosenModel ?? unsent;
  store.conversation.outgoing.changeQueued(clientId, { error: null });
  send({ ...unsent, upstream, model, error: null, after: null, behind: true });
}

/**
 * Take one of this person's messages out of the queue. The caller has stored its text first.
 * @param {Waiting} message
 * @returns {Promise<void>} rejects with a Refusal; "not_found" where it has gone out
 */
export async function takeBack(message) {
  if (message.stored) {
    await ask({ type: "message.cancel", conversation: store.open.id, client_id: message.client_id });
    return;
  }
  const { after = null } = store.open.waiting.get(message.client_id) ?? {};
  for (const next of allUnsent()) {
    if (next.after !== message.client_id) continue;
    // They follow what this one followed; where that was refused, each goes by itself.
    store.conversation.outgoing.changeQueued(next.client_id, { after });
    if (after) storeUnsent({ ...next, after });
    else send({ ...next, after: null, behind: true });
  }
  forgetUnsent(message.client_id);
  store.conversation.outgoing.dropQueued(message.client_id);
}

/** Let the first go out now: the answer it waits for is stopped. @param {Waiting} message */
export function hurry(message) {
  link.send({ type: "message.hurry", conversation: store.open.id, client_id: message.client_id });
}
