/** Makes dialogs: the head, the ways to close one, and the focus back where it was. */

import { say } from "../words/words.js";
import { find, make } from "./dom.js";

/**
 * @param {string} name its class
 * @param {string} title
 * @returns {HTMLDialogElement} not shown yet; it leaves the document when it is closed
 */
export function makeDialog(name, title) {
  const dialog = make("dialog", `dialog ${name}`);
  const head = make("div", "dialog__head");
  const heading = make("h2", "", title);
  heading.id = `${name}-title`;
  const close = make("button", "icon-button");
  close.type = "button";
  close.setAttribute("aria-label", say("Close"));
  close.append(document.importNode(find(document, "#icon-close-template", HTMLTemplateElement).content, true));
  close.addEventListener("click", () => dialog.close());
  head.append(heading, close);
  dialog.append(head);
  dialog.setAttribute("aria-labelledby", heading.id);
  leaveWhenClosed(dialog);
  return dialog;
}

/** A click beside the dialog closes it; when it is closed, it leaves the document. @param {HTMLDialogElement} dialog */
export function leaveWhenClosed(dialog) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
}

/** @param {string} keys @param {string[]} signs */
export function keyboard(keys, signs) {
  const box = make("span", "keys");
  box.dataset.keys = keys;
  box.append(...signs.map((sign) => make("kbd", "keys__key", sign)));
  return box;
}
