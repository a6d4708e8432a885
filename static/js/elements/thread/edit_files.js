/** The files of a message that is edited: some stay, some are removed, others are added. */

import { listen } from "../../browser/events.js";
import { filesOf } from "../../state/messages.js";
import { ChatAttachments, sayWait } from "../composer/chat_attachments.js";
import { find, write } from "../dom.js";

/** @import { FilePart } from "../../state/types.js" */

/**
 * @param {HTMLFormElement} form with the element of the files, and a note
 * @param {import("../../state/types.js").Message} message
 * @returns {() => FilePart[] | null} what is sent with the text; null while a file is not ready, and the note says why
 */
export function editFiles(form, message) {
  const attachments = find(form, "chat-attachments", ChatAttachments);
  const note = find(form, ".edit__note", HTMLElement);
  let waiting = false;
  attachments.edit(filesOf(message));
  listen("parley:attached", (words) => {
    write(note, words || attachments.refusal);
    if (!waiting || attachments.files.underway) return;
    waiting = false;
    if (attachments.files.ready) form.requestSubmit();
  }, { on: form });
  return () => {
    const { files, refusal } = attachments;
    waiting = files.underway && !refusal;
    if (!files.ready && !files.underway) attachments.offer();
    write(note, refusal || (files.ready ? "" : sayWait(files)));
    return refusal || !files.ready ? null : files.parts;
  };
}
