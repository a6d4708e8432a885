/** The menu of a message: the actions that are not needed often enough to have a button. */

import { emit } from "../../browser/events.js";
import { toast } from "../../browser/toast.js";
import { store } from "../../state/store.js";
import { restore, resume, retry, trash } from "../../verbs/actions.js";
import { reasonOf } from "../../verbs/ask.js";
import { copyLink } from "../../verbs/navigation.js";
import { FORMS, downloadMessage } from "../../verbs/taking.js";
import { say } from "../../words/words.js";
import { announce } from "../dom.js";
import { openMenu } from "../menu.js";
import { copyMessage } from "./message_copy.js";
import { pressThumb } from "./message_feedback.js";

/** @import { Message } from "../../state/types.js" */
/** @import { Item } from "../menu.js" */

/**
 * @param {HTMLElement} node the message's element
 * @param {Message} message
 * @param {HTMLElement} button
 */
export function openMessageMenu(node, message, button) {
  const items = message.role === "assistant" ? ofAnswer(node, message, button) : ofQuestion(message);
  openMenu({ label: say("More"), anchor: button, at: null, items });
}

/** Whether this person may put the message into the trash, as far as the page knows. @param {Message} message */
function mayDelete({ role, author }) {
  return mayWrite() && (role === "assistant" || author?.id === store.person.user.id || store.open.role === "owner");
}

const mayWrite = () => store.open.role !== "viewer" && !store.open.gone;

/**
 * @param {HTMLElement} node
 * @param {Message} message
 * @param {HTMLElement} button
 */
function ofAnswer(node, message, button) {
  const question = message.parent === null ? undefined : store.open.messages.get(message.parent);
  const { run } = message;
  const canGoOn = message.parts.length > 0 && (run?.status === "stopped" || run?.status === "interrupted" || run?.finish_reason === "length");
  return only([
    { label: say("Copy as text"), act: () => void copyMessage(node, message, "text") },
    { label: say("Copy as Markdown"), act: () => void copyMessage(node, message, "markdown") },
    ...thumbs(node, message, button),
    mayWrite() && canGoOn && { label: say("Continue"), act: () => resume(message) },
    mayWrite() && store.models.known.length > 1 && { label: say("Answer again with …"), items: () => otherModels(message) },
    mayWrite() && question?.author?.id === store.person.user.id && { label: say("Edit the question"), act: () => void emit("parley:edit", question.id) },
    question && { label: say("Go to the question"), act: () => void emit("parley:go-to", question.id) },
    { label: say("Copy the link"), act: () => void copyLink(store.open.id, Number(message.id)) },
    typeof message.id === "number" && { label: say("Download"), items: () => files(node, Number(message.id)) },
    run && { label: say("Details"), act: () => void showDetails(message, button) },
    deletion(message),
  ]);
}

/** @param {Message} message */
function ofQuestion(message) {
  return only([
    mayWrite() && { label: say("Answer again"), act: () => retry(message) },
    { label: say("Copy the link"), act: () => void copyLink(store.open.id, Number(message.id)) },
    deletion(message),
  ]);
}

/** @param {(Item | false | null | undefined)[]} items @returns {Item[]} those that can be done */
function only(items) {
  return items.filter(/** @returns {item is Item} */ (item) => Boolean(item));
}

/**
 * The ratings, where there is no room for the two buttons.
 * @param {HTMLElement} node
 * @param {Message} message
 * @param {HTMLElement} button
 * @returns {Item[]}
 */
function thumbs(node, message, button) {
  if (node.querySelector("[data-action=good]")?.getClientRects().length) return [];
  return [
    { label: message.feedback?.value === 1 ? say("Remove rating: good answer") : say("Good answer"), act: () => pressThumb(message, 1, button) },
    { label: message.feedback?.value === -1 ? say("Remove rating: bad answer") : say("Bad answer"), act: () => pressThumb(message, -1, button) },
  ];
}

/** @param {Message} message @returns {Item | false} */
function deletion(message) {
  return mayDelete(message) && { label: say("Delete"), danger: true, act: () => void remove(message) };
}

/** @param {HTMLElement} node @param {number} message @returns {Item[]} */
function files(node, message) {
  /** @type {[string, string][]} */ const forms = node.querySelector(".message__body table") ? [...FORMS, ["xlsx", say("Excel (the tables)")]] : FORMS;
  return forms.map(([form, name]) => ({ label: name, act: () => downloadMessage(message, form) }));
}

/** @param {Message} message */
async function remove(message) {
  const isAnswer = message.role === "assistant";
  const done = trash(message);
  toast(isAnswer ? say("The answer was moved to the trash.") : say("The message and everything after it were moved to the trash."), () => {
    announce(say("Restored."));
    void restore(message).catch((refusal) => toast(reasonOf(refusal)));
  });
  try {
    await done;
  } catch (refusal) {
    toast(reasonOf(refusal));
  }
}

/** @param {Message} message @returns {Item[]} */
function otherModels(message) {
  const upstreams = [...new Set(store.models.known.map(({ upstream }) => upstream))];
  return upstreams.flatMap((each) => {
    const models = store.models.known.filter(({ upstream }) => upstream === each);
    const head = { label: models[0]?.upstream_name ?? each, isText: true };
    const answers = models.map(({ upstream, model }) => ({ label: model, act: () => retry(message, { upstream, model }) }));
    return upstreams.length > 1 ? [head, ...answers] : answers;
  });
}

/** @param {Message} message @param {HTMLElement} button */
async function showDetails(message, button) {
  const { openDetails } = await import("./message_details.js");
  openDetails(message, button);
}
