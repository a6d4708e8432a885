/** The foot of a message: which of its versions is shown, and the buttons for what can be done with it. */

import { isLive } from "../../state/messages.js";
import { store } from "../../state/store.js";
import { choose, retry } from "../../verbs/actions.js";
import { say } from "../../words/words.js";
import { find, write } from "../dom.js";
import { faultOf } from "./chat_error.js";
import { copyMessage } from "./message_copy.js";
import { pressThumb } from "./message_feedback.js";
import { openMessageMenu } from "./message_menu.js";

/** @import { Message, Step } from "../../state/types.js" */

/**
 * @param {HTMLElement} node the message's element
 * @param {Step} step
 * @param {boolean} last nothing follows
 */
export function drawFoot(node, step, last) {
  drawVersions(find(node, ".branch", HTMLElement), step);
  drawActions(node, step.message, last);
}

/** @param {HTMLElement} branch @param {Step} step */
function drawVersions(branch, { siblings, version }) {
  branch.hidden = siblings.length < 2;
  const words = find(branch, ".branch__version", HTMLElement);
  write(words, `${version + 1}/${siblings.length}`);
  words.setAttribute("aria-label", say("Version {place} of {count}", { place: version + 1, count: siblings.length }));
  find(branch, "[data-action=older]", HTMLButtonElement).disabled = version === 0;
  find(branch, "[data-action=newer]", HTMLButtonElement).disabled = version === siblings.length - 1;
}

/**
 * @param {HTMLElement} node
 * @param {Message} message
 * @param {boolean} last
 */
function drawActions(node, message, last) {
  const button = (/** @type {string} */ name) => find(node, `.message__action[data-action=${name}]`, HTMLButtonElement);
  const { role, gone } = store.open;
  const mine = message.author?.id === store.person.user.id;
  const mayWrite = typeof message.id === "number" && role !== "viewer" && !gone;
  const isAnswer = message.role === "assistant";
  const isEmpty = isAnswer && message.parts.length === 0 && !isLive(message.run);
  button("edit").hidden = isAnswer || !mayWrite || !mine;
  // A question whose answers are all in the trash can be asked again.
  const again = isAnswer ? !isLive(message.run) && !faultOf(message)?.again : last;
  button("retry").hidden = !mayWrite || !again;
  button("copy").hidden = isEmpty;
  for (const [name, value] of /** @type {[string, number][]} */ ([["good", 1], ["bad", -1]])) {
    button(name).hidden = !isAnswer || isEmpty;
    button(name).setAttribute("aria-pressed", String(message.feedback?.value === value));
  }
  button("more").hidden = !isAnswer && (!mayWrite || !(mine || role === "owner"));
}

/**
 * Do what a button of the foot stands for.
 * @param {HTMLElement} node the message's element
 * @param {HTMLButtonElement} button
 * @param {Step} step
 * @param {() => void} edit opens the editor of the message
 */
export function press(node, button, { message, siblings, version }, edit) {
  const action = button.dataset.action;
  if (action === "copy") void copyMessage(node, message, "markdown");
  else if (action === "edit") edit();
  else if (action === "retry") retry(message);
  else if (action === "good") pressThumb(message, 1, button);
  else if (action === "bad") pressThumb(message, -1, button);
  else if (action === "more") openMessageMenu(node, message, button);
  else choose(message.parent, siblings[version + (action === "older" ? -1 : 1)] ?? message.id);
}
