/** Rates an answer with a thumb up or down, and then asks why, in a panel that moves nothing and may be ignored. */

import { rate } from "../../verbs/actions.js";
import { say } from "../../words/words.js";
import { find, copyOf } from "../dom.js";
import { float } from "../floating.js";

/** @import { Message } from "../../state/types.js" */

/**
 * Rate an answer; the same thumb pressed again removes the rating.
 * @param {Message} message
 * @param {1 | -1} value
 * @param {HTMLElement} button
 */
export function pressThumb(message, value, button) {
  const before = message.feedback;
  if (before?.value === value) return rate(message, 0, "");
  rate(message, value, "");
  askWhy(message, value, button);
}

/**
 * @param {Message} message
 * @param {1 | -1} value
 * @param {HTMLElement} button
 */
function askWhy(message, value, button) {
  const form = find(copyOf("reason-template"), ".reason", HTMLFormElement);
  const question = value > 0 ? say("What was good about it?") : say("What was wrong with it?");
  form.setAttribute("role", "dialog");
  form.setAttribute("aria-label", question);
  find(form, ".reason__question", HTMLElement).textContent = question;
  const text = find(form, ".reason__text", HTMLTextAreaElement);
  text.setAttribute("aria-label", question);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value.trim()) rate(message, value, text.value.trim());
    form.hidePopover();
  });
  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Enter" || event.shiftKey || event.target !== text) return;
    event.preventDefault();
    form.requestSubmit();
  });
  float(form, button);
  text.focus({ preventScroll: true });
}
