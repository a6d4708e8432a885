/** Copies a message: its source, or its visible text. */

import { copy } from "../../browser/clipboard.js";
import { toast } from "../../browser/toast.js";
import { plainTextOf } from "../../dom/plain_text.js";
import { richTextOf } from "../../dom/rich_text.js";
import { textOf } from "../../state/messages.js";
import { say } from "../../words/words.js";
import { announce, find } from "../dom.js";

/** @import { Message } from "../../state/types.js" */

const COPIED_MS = 1600;

/**
 * @param {HTMLElement} node the message's element
 * @param {Message} message
 * @param {"markdown" | "text"} form
 */
export async function copyMessage(node, message, form) {
  const body = find(node, ".message__body", HTMLElement);
  const seen = plainTextOf(body);
  // A word processor takes the formatted text; what takes plain text only gets the one that was asked for.
  if (!(await copy(form === "text" ? seen : textOf(message) || seen, form === "text" ? "" : richTextOf(body)))) {
    toast(say("The browser does not allow copying here."));
    return;
  }
  announce(say("Copied"));
  const button = find(node, ".message__action[data-action=copy]", HTMLButtonElement);
  const use = find(button, "use", SVGUseElement);
  use.setAttribute("href", "#icon-done");
  setTimeout(() => use.setAttribute("href", "#icon-copy"), COPIED_MS);
}
