/**
 * Posts that the server has not answered, stored in this browser until it has: a reload, a discarded tab or the sign-in
 * page loses none of them. Each has a separate key, so that two tabs never overwrite each other.
 */

import { namesOf, recallObject, remember } from "./memory.js";

/** People write one at a time, so this many pile up only in days offline; beyond that, the oldest are dropped. */
const MOST_UNSENT = 100;

/** @import { Unsent } from "./types.js" */

/** @param {string} clientId */
const nameOf = (clientId) => `unsent.${clientId}`;

/** @param {Unsent} post */
export function storeUnsent(post) {
  remember(nameOf(post.client_id), JSON.stringify(post));
  for (const { client_id } of allUnsent().slice(0, -MOST_UNSENT)) forgetUnsent(client_id);
}

/** @param {string} clientId */
export function forgetUnsent(clientId) {
  remember(nameOf(clientId), "");
}

/** The server refused it: it stays stored, but is not sent again automatically. @param {string} clientId @param {string} error */
export function refuseUnsent(clientId, error) {
  const post = recallObject(nameOf(clientId));
  if (post) remember(nameOf(clientId), JSON.stringify({ ...post, error }));
}

/** @returns {Unsent[]} in the order in which they were written */
export function allUnsent() {
  const posts = namesOf(nameOf("")).map((name) => /** @type {Unsent | null} */ (recallObject(name)));
  return posts.filter((post) => post !== null).filter(isWhole).sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
}

/** @param {Unsent} post an earlier version may have stored fewer fields */
function isWhole({ client_id, text, created_at }) {
  return typeof client_id === "string" && typeof text === "string" && typeof created_at === "string";
}
