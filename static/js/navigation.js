/** Which conversation the page shows, and its address: links, back and forward, the first message of a new one. */

import { showUnsent } from "./actions.js";
import { link } from "./connection.js";
import { draftOf } from "./drafts.js";
import { recallObject, remember } from "./memory.js";
import { store } from "./store.js";

const CONVERSATION = /^\/c\/([0-9a-f-]{36})\/?$/;

/**
 * Show a conversation (null: a new one) and say so in the address bar.
 * @param {string | null} id
 */
export function go(id) {
  if (id !== store.open.id || store.open.gone) {
    history.pushState(null, "", addressOf(id));
    turnTo(id);
  }
  document.dispatchEvent(new CustomEvent("parley:went"));
}

/**
 * The first message of a new conversation is stored: it has an address now.
 * @param {string} id
 */
export function becameConversation(id) {
  store.open.id = id;
  store.open.loaded = true;
  remember("options.new", "");
  history.pushState(null, "", addressOf(id));
  store.tell("conversation", "list");
  link.send({ type: "conversation.watch", conversation: id, after: 0 });
}

/** Follow plain clicks on links to conversations, and the browser's back and forward. */
export function startNavigation() {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    if (!anchor || anchor.origin !== location.origin || anchor.target || anchor.closest(".prose")) return;
    const id = conversationOf(anchor.pathname);
    if (id === undefined) return;
    event.preventDefault();
    go(id);
  });
  window.addEventListener("popstate", () => {
    const id = conversationOf(location.pathname);
    if (id === undefined) location.reload();
    else if (id !== store.open.id) turnTo(id);
    document.dispatchEvent(new CustomEvent("parley:went"));
  });
}

/** @param {string | null} id */
export function turnTo(id) {
  const before = store.open.id;
  if (before && before !== id) link.send({ type: "conversation.unwatch", conversation: before });
  store.turnTo(id, (id && recallObject(`choices.${id}`)) || {});
  if (!id) store.open.options = recallObject("options.new") ?? {};
  showUnsent();
  void draftOf(id).sync();
  if (id) link.send({ type: "conversation.watch", conversation: id, after: 0 });
}

/** @param {string | null} id */
const addressOf = (id) => (id ? `/c/${id}/` : "/");

/**
 * @param {string} path
 * @returns {string | null | undefined} undefined where the page is not ours to show in place
 */
function conversationOf(path) {
  if (path === "/") return null;
  return CONVERSATION.exec(path)?.[1];
}
