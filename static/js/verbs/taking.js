/** Takes a conversation or an answer along: as a file that the server writes, or on paper. */

import { store } from "../state/store.js";
import { steps } from "./actions.js";

/** The kinds of file, and what people call them. @type {[string, string][]} */
export const FORMS = [["md", "Markdown"], ["docx", "Word"]];

/**
 * The last message of the shown path, so that the file has the versions that are seen; none for a conversation that is not open.
 *
 * @param {string} conversation
 */
function shownEnd(conversation) {
  const last = store.open.id === conversation ? steps().at(-1)?.message.id : undefined;
  return typeof last === "number" ? `?message=${last}` : "";
}

/** @param {string} conversation @param {string} form */
export function downloadConversation(conversation, form) {
  save(`/c/${conversation}/download/${form}/${shownEnd(conversation)}`);
}

/** @param {number} message of the open conversation @param {string} form */
export function downloadMessage(message, form) {
  save(`/c/${store.open.id}/download/${form}/?message=${message}&alone=1`);
}

/** @param {string} conversation */
export function printConversation(conversation) {
  open(`/c/${conversation}/print/${shownEnd(conversation)}`, "_blank", "noopener");
}

/** The page stays where it is: the server says that this is a file. @param {string} address */
function save(address) {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
