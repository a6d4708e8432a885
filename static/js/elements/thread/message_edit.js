/** Lets a person edit a message of theirs in place; the result is a sibling. */

import { recall, remember } from "../../state/memory.js";
import { textOf } from "../../state/messages.js";
import { store } from "../../state/store.js";
import { post } from "../../verbs/actions.js";
import { sends } from "../../verbs/preferences.js";
import { sayExcess } from "../../words/words.js";
import { copyOf, find, write } from "../dom.js";
import { editFiles } from "./edit_files.js";

/** @import { Message } from "../../state/types.js" */

/**
 * @param {HTMLElement} node the message's element, whose body the form replaces
 * @param {Message} message
 */
export function openEdit(node, message) {
  if (node.querySelector(".edit")) return;
  const cameFrom = document.activeElement;
  const form = find(copyOf("edit-template"), ".edit", HTMLFormElement);
  const text = find(form, ".edit__text", HTMLTextAreaElement);
  // An edit that was neither sent nor cancelled is shown again, also on a later visit.
  const key = `edit.${message.id}`;
  text.value = recall(key) || textOf(message);
  text.addEventListener("input", () => remember(key, text.value));
  const files = editFiles(form, message);
  const close = () => {
    remember(key, "");
    form.remove();
    node.classList.remove("message--editing");
  };
  const cancel = () => {
    close();
    giveBackFocus(cameFrom, node);
  };
  find(form, "[data-action=cancel]", HTMLButtonElement).addEventListener("click", cancel);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!send(message, text.value, form, files())) return;
    close();
    document.getElementById("composer-text")?.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") cancel();
    else if (sends(event) && event.target === text) form.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  find(node, ".message__body", HTMLElement).before(form);
  node.classList.add("message--editing");
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

/**
 * @param {Message} message
 * @param {string} text
 * @param {HTMLElement} form
 * @param {import("../../state/types.js").FilePart[] | null} files null while they are not ready, which the form's note says
 */
function send(message, text, form, files) {
  const limit = store.person.limits.max_message_chars;
  const excess = [...text].length - limit;
  if (excess > 0) write(find(form, ".edit__note", HTMLElement), sayExcess(excess, limit));
  if (!files || (!text.trim() && !files.length) || excess > 0) return false;
  post(text, message.parent, files);
  return true;
}

/** @param {Element | null} cameFrom @param {HTMLElement} node */
function giveBackFocus(cameFrom, node) {
  const back = cameFrom instanceof HTMLElement && cameFrom !== document.body && cameFrom.isConnected ? cameFrom : node;
  back.focus({ preventScroll: true });
}
