/** Which conversation the page shows, and its address: links, back and forward, the first message of a new one. */

import { copy } from "../browser/clipboard.js";
import { emit } from "../browser/events.js";
import { toast } from "../browser/toast.js";
import { link } from "../link/link.js";
import { recallObject, remember } from "../state/memory.js";
import { store } from "../state/store.js";
import { say } from "../words/words.js";
import { showUnsent } from "./actions.js";
import { draftOf } from "./drafts.js";

const CONVERSATION = /^\/c\/([0-9a-f-]{36})\/?$/;

/**
 * Show a conversation (null: a new one), at its end or at one of its messages, and say so in the address bar.
 * @param {string | null} id
 * @param {number | null} [message]
 */
export function go(id, message = null) {
  const turns = id !== store.open.id || store.open.gone;
  if (turns || (message !== null && location.hash !== hashOf(message))) history.pushState(null, "", addressOf(id, message));
  if (turns) turnTo(id);
  arrive(message);
}

/** @param {number | null} message */
function arrive(message) {
  emit("parley:went", message);
  if (message !== null) void import("./jump.js").then(({ jump }) => jump(message));
}

/** When the page starts, go to the message that the address names. */
export function followAddress() {
  const message = messageOf(location.hash);
  if (store.open.id && message !== null) arrive(message);
}

/** The first message of a new conversation is stored: it has an address now. @param {string} id */
export function beginConversation(id) {
  remember("options.new", "");
  history.pushState(null, "", addressOf(id));
  store.conversation.begin(id);
  link.send({ type: "conversation.watch", conversation: id, after: 0 });
}

/** Follow plain clicks on links to conversations, and the browser's back and forward. */
export function startNavigation() {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    if (!anchor || anchor.origin !== location.origin || anchor.target || anchor.closest(".prose")) return;
    const id = conversationOf(anchor.pathname);
    if (id === undefined || isElement(anchor.hash)) return;
    event.preventDefault();
    go(id, messageOf(anchor.hash));
  });
  window.addEventListener("popstate", () => {
    const id = conversationOf(location.pathname);
    if (id === undefined) location.reload();
    else if (id !== store.open.id) turnTo(id);
    else if (isElement(location.hash)) return;
    arrive(messageOf(location.hash));
  });
}

/** @param {string | null} id */
export function turnTo(id) {
  const before = store.open.id;
  if (before && before !== id) link.send({ type: "conversation.unwatch", conversation: before });
  if (id) store.turnTo(id, recallObject(`choices.${id}`) ?? {});
  else store.turnTo(null, {}, recallObject("options.new") ?? {});
  showUnsent();
  void draftOf(id).sync();
  if (id) link.send({ type: "conversation.watch", conversation: id, after: 0 });
}

/**
 * Put the address of a conversation, or of one of its messages, on the clipboard, and say so.
 * @param {string | null} id
 * @param {number | null} [message]
 */
export async function copyLink(id, message = null) {
  const copied = await copy(location.origin + addressOf(id, message));
  toast(copied ? say("The link is copied. Members of this conversation can open it.") : say("The browser does not allow copying here."));
}

/** @param {number} message */
const hashOf = (message) => `#m${message}`;

/** @param {string} hash @returns {number | null} */
function messageOf(hash) {
  const digits = /^#m(\d{1,15})$/.exec(hash)?.[1];
  return digits ? Number(digits) : null;
}

/** Whether it names an element of the page, as the link that skips to the content does. @param {string} hash */
const isElement = (hash) => hash !== "" && messageOf(hash) === null;

/** @param {string | null} id @param {number | null} [message] */
const addressOf = (id, message = null) => (id ? `/c/${id}/${message === null ? "" : hashOf(message)}` : "/");

/** @param {string} path @returns {string | null | undefined} undefined where that is another page */
function conversationOf(path) {
  if (path === "/") return null;
  return CONVERSATION.exec(path)?.[1];
}
