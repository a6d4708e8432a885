/**
 * Posts that the server has not answered, kept in this browser until it has: a reload, a discarded tab or the sign-in
 * page loses none of them. Each has a place of its own, so that two tabs never write over one another.
 */

import { namesOf, recallObject, remember } from "./memory.js";

/** People write one at a time; so many pile up only in days offline, and the oldest make room. */
const MOST_UNSENT = 100;

/**
 * @typedef {object} Unsent
 * @property {string} client_id
 * @property {string | null} conversation null for the first message of a new one
 * @property {number | null} parent
 * @property {string} text
 * @property {import("./types.js").FilePart[]} [attachments] uploaded before
 * @property {string} upstream
 * @property {string} model
 * @property {string} created_at
 * @property {string | null} error why the server did not take it; null while that is open
 * @property {import("./types.js").Options} [options] of the conversation that it begins
 * @property {number} [persona] who answers in it
 * @property {boolean} [waits] it was written while something before it was not settled: it is shown in the queue, not in the thread
 * @property {string | null} [after] client id of one on its way that it follows: it goes out when that one has its place
 * @property {boolean} [behind] it follows what waits below `parent`, wherever that has gone meanwhile
 */

/** @param {string} clientId */
const nameOf = (clientId) => `unsent.${clientId}`;

/** @param {Unsent} post */
export function keepUnsent(post) {
  remember(nameOf(post.client_id), JSON.stringify(post));
  for (const { client_id } of allUnsent().slice(0, -MOST_UNSENT)) forgetUnsent(client_id);
}

/** @param {string} clientId */
export function forgetUnsent(clientId) {
  remember(nameOf(clientId), "");
}

/**
 * The server did not take it: it is kept, but not sent again by itself.
 * @param {string} clientId
 * @param {string} error
 */
export function refuseUnsent(clientId, error) {
  const post = recallObject(nameOf(clientId));
  if (post) remember(nameOf(clientId), JSON.stringify({ ...post, error }));
}

/** @returns {Unsent[]} in the order in which they were written */
export function allUnsent() {
  const posts = namesOf(nameOf("")).map((name) => /** @type {Unsent | null} */ (recallObject(name)));
  return posts.filter((post) => post !== null).filter(isWhole).sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
}

/** @param {Unsent} post what an earlier version wrote may be less */
function isWhole({ client_id, text, created_at }) {
  return typeof client_id === "string" && typeof text === "string" && typeof created_at === "string";
}
